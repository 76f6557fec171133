using System.Net.Sockets;
using System.Runtime.InteropServices;
using Parallax.Reactor.Connections;

namespace Parallax.Reactor.Loops;

/// <summary>The values of errno that mean something to a loop, as Linux numbers them.</summary>
internal enum NativeError
{
    None = 0,
    Interrupted = 4,
    TryAgain = 11,
    NoMemory = 12,
    AccessDenied = 13,
    TooManyFilesInSystem = 23,
    TooManyFiles = 24,
    BrokenPipe = 32,
    AddressInUse = 98,
    AddressNotAvailable = 99,
    NetworkDown = 100,
    NetworkUnreachable = 101,
    ConnectionAborted = 103,
    ConnectionReset = 104,
    NoBufferSpace = 105,
    TimedOut = 110,
    ConnectionRefused = 111,
    HostDown = 112,
    HostUnreachable = 113,
    InProgress = 115,
}

/// <summary>What errors of the system mean to a connection and to a listener.</summary>
internal static class NativeErrors
{
    /// <summary>How the last system call on this thread failed.</summary>
    public static NativeError Last => (NativeError)Marshal.GetLastPInvokeError();

    /// <summary>Whether <paramref name="error"/> passes as soon as somebody else closes something.</summary>
    public static bool IsExhaustion(NativeError error) =>
        error is NativeError.TooManyFiles or NativeError.TooManyFilesInSystem or NativeError.NoBufferSpace or NativeError.NoMemory;

    public static CloseReason ToCloseReason(NativeError error) => error switch
    {
        NativeError.ConnectionRefused => CloseReason.Refused,
        NativeError.ConnectionReset or NativeError.BrokenPipe or NativeError.ConnectionAborted => CloseReason.Reset,
        NativeError.NetworkDown or NativeError.NetworkUnreachable or NativeError.HostDown or NativeError.HostUnreachable
            or NativeError.TimedOut => CloseReason.Unreachable,
        NativeError.AddressNotAvailable => CloseReason.Exhausted,
        _ => IsExhaustion(error) ? CloseReason.Exhausted : CloseReason.Failed,
    };

    /// <summary>The exception for a call that has nothing to do with a peer.</summary>
    public static SocketException ToException(NativeError error) => new((int)(error switch
    {
        NativeError.AddressInUse => SocketError.AddressAlreadyInUse,
        NativeError.AddressNotAvailable => SocketError.AddressNotAvailable,
        NativeError.AccessDenied => SocketError.AccessDenied,
        _ => IsExhaustion(error) ? SocketError.TooManyOpenSockets : SocketError.SocketError,
    }));
}

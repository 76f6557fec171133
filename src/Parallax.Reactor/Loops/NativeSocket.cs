using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

[assembly: DisableRuntimeMarshalling]

namespace Parallax.Reactor.Loops;

/// <summary>The system calls on sockets, with the values Linux gives their constants on every processor .NET runs on.</summary>
/// <remarks>Thread safety: as the system calls. Each returns -1 on failure and leaves <see cref="NativeErrors.Last"/>.</remarks>
internal static unsafe partial class NativeSocket
{
    public const int Ipv4 = 2;
    public const int Ipv6 = 10;
    public const int Stream = 1;
    public const int NonBlocking = 0x800;
    public const int CloseOnExec = 0x80000;

    public const int SocketLevel = 1;
    public const int ReuseAddress = 2;
    public const int PendingError = 4;
    public const int ReceiveBuffer = 8;
    public const int AsksSilentPeers = 9;
    public const int Linger = 13;
    public const int ReusePort = 15;
    public const int TcpLevel = 6;
    public const int NoDelay = 1;
    public const int KeepAliveTime = 4;
    public const int KeepAliveInterval = 5;
    public const int KeepAliveProbes = 6;
    public const int Ipv6Level = 41;
    public const int Ipv6Only = 26;

    public const int NoSignal = 0x4000;
    public const int ShutdownWrites = 1;

    public const int SetDescriptorFlags = 2;
    public const int DescriptorClosesOnExec = 1;
    public const int GetFlags = 3;
    public const int SetFlags = 4;
    public const int DuplicateCloseOnExec = 1030;

    private const string LibC = "libc";

    [LibraryImport(LibC, EntryPoint = "socket", SetLastError = true)]
    public static partial int Create(int family, int type, int protocol);

    [LibraryImport(LibC, EntryPoint = "bind", SetLastError = true)]
    public static partial int Bind(int socket, byte* address, uint length);

    [LibraryImport(LibC, EntryPoint = "listen", SetLastError = true)]
    public static partial int Listen(int socket, int backlog);

    [LibraryImport(LibC, EntryPoint = "connect", SetLastError = true)]
    public static partial int Connect(int socket, byte* address, uint length);

    [LibraryImport(LibC, EntryPoint = "accept4", SetLastError = true)]
    public static partial int Accept(int socket, byte* address, uint* length, int flags);

    [LibraryImport(LibC, EntryPoint = "getsockname", SetLastError = true)]
    public static partial int GetName(int socket, byte* address, uint* length);

    [LibraryImport(LibC, EntryPoint = "recv", SetLastError = true)]
    public static partial nint Receive(int socket, byte* octets, nuint length, int flags);

    [LibraryImport(LibC, EntryPoint = "send", SetLastError = true)]
    public static partial nint Send(int socket, byte* octets, nuint length, int flags);

    [LibraryImport(LibC, EntryPoint = "sendmsg", SetLastError = true)]
    public static partial nint SendMessage(int socket, MessageHeader* message, int flags);

    [LibraryImport(LibC, EntryPoint = "shutdown", SetLastError = true)]
    public static partial int Shutdown(int socket, int how);

    [LibraryImport(LibC, EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int descriptor);

    [LibraryImport(LibC, EntryPoint = "fcntl", SetLastError = true)]
    public static partial int Control(int descriptor, int command, int argument);

    /// <summary>Sets an option whose value is a number.</summary>
    public static int SetOption(int socket, int level, int option, int value) => SetOption(socket, level, option, &value, sizeof(int));

    /// <summary>Makes <see cref="Close"/> send a reset (SO_LINGER with no time).</summary>
    public static int ResetOnClose(int socket)
    {
        var onWithoutTime = stackalloc int[] { 1, 0 };
        return SetOption(socket, SocketLevel, Linger, onWithoutTime, 2 * sizeof(int));
    }

    /// <summary>The error a socket ran into by itself (SO_ERROR), and clears it; <see cref="NativeError.None"/> when there is
    /// none.</summary>
    public static NativeError TakeError(int socket)
    {
        int error;
        uint length = sizeof(int);
        return GetOption(socket, SocketLevel, PendingError, &error, &length) < 0 ? NativeErrors.Last : (NativeError)error;
    }

    [LibraryImport(LibC, EntryPoint = "setsockopt", SetLastError = true)]
    private static partial int SetOption(int socket, int level, int option, void* value, uint length);

    [LibraryImport(LibC, EntryPoint = "getsockopt", SetLastError = true)]
    private static partial int GetOption(int socket, int level, int option, void* value, uint* length);

    /// <summary>One piece of octets to gather (struct iovec).</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Piece
    {
        public byte* Octets;
        public nuint Length;
    }

    /// <summary>What is sent in one call (struct msghdr).</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct MessageHeader
    {
        public byte* Address;
        public uint AddressLength;
        public Piece* Pieces;
        public nuint PieceCount;
        public void* Control;
        public nuint ControlLength;
        public int Flags;
    }
}

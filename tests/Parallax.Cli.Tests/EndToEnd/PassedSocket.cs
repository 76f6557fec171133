using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Parallax.Cli.Tests.EndToEnd;

/// <summary>A socket that stays open while the program is restarted, passed to it as systemd passes those of its socket units.</summary>
internal sealed class PassedSocket : IDisposable
{
    private const int SetDescriptorFlags = 2;

    private readonly Socket _socket;

    private PassedSocket(ProtocolType protocol)
    {
        _socket = new(AddressFamily.InterNetwork, protocol == ProtocolType.Tcp ? SocketType.Stream : SocketType.Dgram, protocol);
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Address = (IPEndPoint)_socket.LocalEndPoint!;
        Assert.Equal(0, Control((int)_socket.Handle, SetDescriptorFlags, 0));
    }

    public IPEndPoint Address { get; }

    public static PassedSocket Tcp()
    {
        var passed = new PassedSocket(ProtocolType.Tcp);
        passed._socket.Listen(4096);
        return passed;
    }

    public static PassedSocket Udp() => new(ProtocolType.Udp);

    /// <summary>Starts the program with it, as descriptor 3.</summary>
    public RunningParallax Start(params string[] arguments) => RunningParallax.StartThrough(
        ["bash", "-c", $"exec 3<&{_socket.Handle} && LISTEN_PID=$$ LISTEN_FDS=1 exec \"$@\"", "bash", RunningParallax.Program],
        arguments);

    /// <summary>Starts the program with it as descriptors 3 and 4, and with another number of sockets.</summary>
    public RunningParallax StartWithCount(string count, params string[] arguments) => RunningParallax.StartThrough(
        ["bash", "-c", $"exec 3<&{_socket.Handle} 4<&3 && LISTEN_PID=$$ LISTEN_FDS={count} exec \"$@\"", "bash", RunningParallax.Program],
        arguments);

    public void Dispose() => _socket.Dispose();

    [DllImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Control(int descriptor, int command, int argument);
}

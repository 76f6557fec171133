using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Parallax.Reactor.Connections;

namespace Parallax.Reactor.Loops;

/// <summary>The sockets that a service manager opened and passed to this process (sd_listen_fds(3)). They stay open when the process ends,
/// so what comes during a restart waits in the kernel for the next one.</summary>
/// <remarks>Thread safety: immutable.</remarks>
public sealed class InheritedSockets
{
    private const string Process = "LISTEN_PID";
    private const string Count = "LISTEN_FDS";
    private const string Names = "LISTEN_FDNAMES";

    // SD_LISTEN_FDS_START
    private const int First = 3;

    private readonly IReadOnlyList<InheritedSocket> _sockets;

    private InheritedSockets(IReadOnlyList<InheritedSocket> sockets) => _sockets = sockets;

    /// <summary>No sockets.</summary>
    public static InheritedSockets None { get; } = new([]);

    /// <summary>Takes what was passed to this process. Programs it starts inherit neither the sockets nor the word of them.</summary>
    /// <exception cref="SocketException">What was passed is no socket of IP that listens, or none at all; the message says
    /// which.</exception>
    public static InheritedSockets Take()
    {
        var (process, count) = (Environment.GetEnvironmentVariable(Process), Environment.GetEnvironmentVariable(Count));
        if (!OperatingSystem.IsLinux() || process != Environment.ProcessId.ToString(CultureInfo.InvariantCulture))
        {
            return None;
        }

        foreach (var name in new[] { Process, Count, Names })
        {
            Environment.SetEnvironmentVariable(name, null);
        }

        return int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var sockets)
            ? new([.. Enumerable.Range(First, Math.Min(sockets, int.MaxValue - First)).Select(Look)])
            : throw Wrong($"{Count}={count} is no number");
    }

    /// <summary>Opens another descriptor of a socket, to be closed by the caller. What waits in the kernel is shared.</summary>
    /// <exception cref="SocketException">The process has no descriptor left.</exception>
    public static int Duplicate(InheritedSocket socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        var copy = NativeSocket.Control(socket.Descriptor, NativeSocket.DuplicateCloseOnExec, 0);
        return copy >= 0 ? copy : throw NativeErrors.ToException(NativeErrors.Last);
    }

    /// <summary>Those that are what <paramref name="wanted"/> asks for, an equal address first.</summary>
    public IEnumerable<InheritedSocket> Of(ProtocolType protocol, IPEndPoint wanted) => _sockets
        .Where(socket => socket.Protocol == protocol && socket.Serves(wanted))
        .OrderByDescending(socket => socket.LocalEndPoint.Equals(wanted));

    /// <summary>Sees to it that each is used: what comes to a socket that nobody reads would wait for ever.</summary>
    /// <param name="wanted">Where the run listens.</param>
    /// <exception cref="SocketException">One is not used.</exception>
    public void CheckUsed(IReadOnlyList<(ProtocolType Protocol, IPEndPoint Address)> wanted)
    {
        // Any number of UDP sockets may share a port; a listener of TCP takes one.
        var used = wanted.SelectMany(each => Of(each.Protocol, each.Address).Take(each.Protocol == ProtocolType.Tcp ? 1 : int.MaxValue));
        if (_sockets.Except(used).FirstOrDefault() is { } socket)
        {
            if (wanted.Any(each => each.Protocol == socket.Protocol && socket.Serves(each.Address)))
            {
                throw Wrong($"{socket} was passed more than once; one is enough, as all loops accept from it");
            }

            var known = string.Join(", ", wanted.Select(each => Text(each.Protocol, each.Address)));
            throw Wrong($"{socket} was passed, but the run listens at {(known.Length == 0 ? "no address" : known)}; "
                + "let both say the same, or do not pass it");
        }
    }

    private static string Text(ProtocolType protocol, IPEndPoint address) => $"{protocol.ToString().ToUpperInvariant()} {address}";

    private static InheritedSocket Look(int descriptor)
    {
        // Anything else was opened by the runtime, or is no socket at all.
        if (NativeSocket.Control(descriptor, NativeSocket.SetDescriptorFlags, NativeSocket.DescriptorClosesOnExec) != 0)
        {
            throw Wrong($"descriptor {descriptor} is not open");
        }

        Socket socket;
        try
        {
            socket = new Socket(new SafeSocketHandle(descriptor, ownsHandle: false));
        }
        catch (SocketException)
        {
            throw Wrong($"descriptor {descriptor} is no socket");
        }

        using (socket)
        {
            var protocol = socket.SocketType switch
            {
                SocketType.Stream when Listens(socket) => ProtocolType.Tcp,
                SocketType.Dgram => ProtocolType.Udp,
                _ => throw Wrong($"descriptor {descriptor} is not a listening socket; socket units need Accept=no"),
            };
            return new(descriptor, protocol, socket.LocalEndPoint as IPEndPoint
                ?? throw Wrong($"descriptor {descriptor} is a socket of {socket.AddressFamily}; TCP and UDP are supported"));
        }
    }

    private static bool Listens(Socket socket) =>
        (int)socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.AcceptConnection)! != 0;

    private static SocketException Wrong(string what) => new((int)SocketError.InvalidArgument, $"sockets of the service manager: {what}");
}

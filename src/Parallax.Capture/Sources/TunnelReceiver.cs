using System.Net;
using System.Net.Sockets;
using Parallax.Reactor.Connections;
using Parallax.Reactor.Loops;
using Parallax.Wire;

namespace Parallax.Capture.Sources;

/// <summary>How a <see cref="TunnelReceiver"/> listens.</summary>
public sealed record TunnelReceiverOptions
{
    /// <summary>Where to listen. The unspecified IPv4 address takes IPv4 and, where the system has it, IPv6.</summary>
    public required IPEndPoint Local { get; init; }

    /// <summary>Which tunnel arrives there.</summary>
    public required Tunnel Tunnel { get; init; }

    /// <summary>Kernel receive buffer asked for, in bytes. 32 MiB by default: a third of a second at 100 MB/s.</summary>
    public int ReceiveBufferBytes { get; init; } = 32 << 20;

    /// <summary>Longest wait for a batch to fill while packets arrive quicker than this. 1 ms by default; zero never waits. It costs
    /// that much delay at most and saves most of the wake-ups, which cost more than the packets.</summary>
    public TimeSpan BatchWait { get; init; } = TimeSpan.FromMilliseconds(1);

    /// <summary>Whose datagrams are taken; null for everybody's.</summary>
    public SenderFilter? Senders { get; init; }

    /// <summary>Sockets at that address that were open before, one for each receiver; none, the default, to open them. What they hold when
    /// a receiver stops is left to the next process.</summary>
    public IReadOnlyList<InheritedSocket> Inherited { get; init; } = [];

    /// <summary>True to share the port with another process of the same user, which gets all datagrams until it closes its sockets; false,
    /// the default, to refuse a port that is taken.</summary>
    public bool TakesOver { get; init; }
}

/// <summary>Receives tunnelled packets at a UDP port, many datagrams a system call. Needs no privilege.</summary>
/// <remarks>
/// A datagram may be as large as UDP allows (64 KiB), so jumbo frames and segments put together by the sender's card arrive whole.
/// What the kernel has no room for is counted by the kernel and reported as loss. Thread safety: one run at a time.
/// </remarks>
public sealed class TunnelReceiver : IPacketSource
{
    private const int BatchDatagrams = 256;

    private static readonly TimeSpan IdleWait = TimeSpan.FromMilliseconds(50);

    /// <summary>Longest reading on after a stop: traffic that never pauses must not keep the program from ending.</summary>
    private static readonly TimeSpan LongestDrain = TimeSpan.FromSeconds(1);

    private readonly TunnelReceiverOptions _options;
    private readonly Socket _socket;
    private readonly DatagramBatch _batch = new(BatchDatagrams);
    private readonly WakeUp _wakeUp = new();
    private readonly TimeProvider _clock;
    private readonly Lock _closing = new();
    private Timestamp _lastArrival;
    private bool _arrivesQuickly;
    private bool _isClosed;
    private int _isDisposed;
    private long _lossAtClose;
    private long _otherSenders;

    private int _groupSize;

    // Of the first receiver of a group that takes over: when the first datagram came; 0 before, and once the kernel is told how to deal.
    private long _tookOverAt;
    private bool _isToSteer;

    private TunnelReceiver(TunnelReceiverOptions options, Socket socket, TimeProvider clock)
    {
        _options = options;
        _socket = socket;
        _clock = clock;
        LocalEndPoint = (IPEndPoint)socket.LocalEndPoint!;
    }

    /// <inheritdoc/>
    public string Name => (_options.Tunnel == Tunnel.Vxlan ? "vxlan " : "geneve ")
        + (LocalEndPoint is var local && local.Address.Equals(IPAddress.IPv6Any) ? $"*:{local.Port}" : $"{local}");

    /// <summary>Where it listens; tells the port when 0 was asked for.</summary>
    public IPEndPoint LocalEndPoint { get; }

    /// <summary>Bytes of receive buffer the kernel granted; less than asked for when net.core.rmem_max is smaller.</summary>
    public int GrantedBufferBytes { get; private init; }

    /// <summary>Packets that an inherited socket had lost before it was taken.</summary>
    public long LostBefore { get; private set; }

    private int Descriptor => (int)_socket.SafeHandle.DangerousGetHandle();

    /// <inheritdoc/>
    public SourceLosses Losses
    {
        get
        {
            lock (_closing)
            {
                return new((_isClosed ? _lossAtClose : KernelDrops()) - LostBefore, 0) { OtherSenders = Volatile.Read(ref _otherSenders) };
            }
        }
    }

    /// <summary>Opens one port for several threads; the kernel deals the datagrams by inner flow where it can.</summary>
    /// <param name="options">How to listen.</param>
    /// <param name="count">How many receivers, 1 or more; with inherited sockets there are as many as these.</param>
    /// <param name="clock">Stamps what the kernel did not.</param>
    /// <exception cref="CaptureException">As <see cref="Open"/>.</exception>
    public static IReadOnlyList<TunnelReceiver> OpenGroup(TunnelReceiverOptions options, int count, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(options);
        var group = new List<TunnelReceiver>();
        try
        {
            if (options.Inherited.Count > 0)
            {
                group.AddRange(options.Inherited.Select(socket => Adopt(options, socket, clock)));
            }
            else
            {
                var local = options.TakesOver ? options.Local : FreeAddress(options);
                while (group.Count < count)
                {
                    group.Add(OpenSharing(options, local, clock));
                    local = new(local.Address, group[0].LocalEndPoint.Port);
                }
            }
        }
        catch
        {
            group.ForEach(receiver => receiver.Dispose());
            throw;
        }

        group.ForEach(receiver => receiver._groupSize = group.Count);
        group[0]._isToSteer = true;
        if (!options.TakesOver)
        {
            group[0].Steer();
        }

        return group;
    }

    /// <summary>Opens the port.</summary>
    /// <exception cref="CaptureException">The port is taken, the address is not this machine's, or the system is not Linux.</exception>
    public static TunnelReceiver Open(TunnelReceiverOptions options, TimeProvider clock) => OpenGroup(options, 1, clock)[0];

    /// <inheritdoc/>
    public void Run(PacketSink sink, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sink);
        while (!cancellationToken.IsCancellationRequested)
        {
            var received = ReadBatch(sink);
            if (received > 0)
            {
                sink.OnBatchEnd(Now);
            }

            if (received < BatchDatagrams)
            {
                Wait(received, sink);
            }
        }

        if (_options.Inherited.Count == 0)
        {
            ReadTheRest(sink);
        }

        Close();
        sink.OnBatchEnd(Now);
    }

    /// <summary>Makes a waiting <see cref="Run"/> end its batch now. Any thread.</summary>
    public void Wake() => _wakeUp.Set();

    /// <inheritdoc/>
    public void Dispose()
    {
        Close();
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
        {
            _wakeUp.Dispose();
        }
    }

    // Alone: sockets that share a port would also share it, silently, with another program of the same user.
    private static IPEndPoint FreeAddress(TunnelReceiverOptions options)
    {
        using var probe = Bind(options, options.Local, sharesPort: false);
        return new(options.Local.Address, ((IPEndPoint)probe.LocalEndPoint!).Port);
    }

    private static TunnelReceiver OpenSharing(TunnelReceiverOptions options, IPEndPoint local, TimeProvider clock)
    {
        var socket = Bind(options, local, sharesPort: true);
        return new(options, socket, clock) { GrantedBufferBytes = Prepare(socket, options) };
    }

    private static TunnelReceiver Adopt(TunnelReceiverOptions options, InheritedSocket inherited, TimeProvider clock)
    {
        var socket = new Socket(new SafeSocketHandle(InheritedSockets.Duplicate(inherited), ownsHandle: true));
        var receiver = new TunnelReceiver(options, socket, clock) { GrantedBufferBytes = Prepare(socket, options) };
        receiver.LostBefore = receiver.KernelDrops();
        return receiver;
    }

    private static Socket Bind(TunnelReceiverOptions options, IPEndPoint wanted, bool sharesPort)
    {
        if (!OperatingSystem.IsLinux() || !Environment.Is64BitProcess)
        {
            throw new CaptureException(CaptureFault.Unsupported, "receiving VXLAN or GENEVE needs 64-bit Linux");
        }

        var any = wanted.Address.Equals(IPAddress.Any) && Socket.OSSupportsIPv6;
        var local = any ? new IPEndPoint(IPAddress.IPv6Any, wanted.Port) : wanted;
        Socket? socket = null;
        try
        {
            socket = new Socket(local.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            if (local.AddressFamily == AddressFamily.InterNetworkV6)
            {
                socket.DualMode = local.Address.Equals(IPAddress.IPv6Any);
            }

            if (sharesPort)
            {
                _ = NativeSocket.SetOption(
                    (int)socket.SafeHandle.DangerousGetHandle(), NativeSocket.SolSocket, NativeSocket.SoReusePort,
                    BitConverter.GetBytes(1), sizeof(int));
            }

            socket.Bind(local);
            return socket;
        }
        catch (SocketException fault)
        {
            socket?.Dispose();
            throw Explain(fault, options);
        }
    }

    private static int Prepare(Socket socket, TunnelReceiverOptions options)
    {
        var one = BitConverter.GetBytes(1);
        var descriptor = (int)socket.SafeHandle.DangerousGetHandle();
        _ = NativeSocket.SetOption(descriptor, NativeSocket.SolSocket, NativeSocket.SoTimestampNs, one, sizeof(int));
        if (socket.AddressFamily == AddressFamily.InterNetworkV6)
        {
            // Tunnels over IPv6 may leave the UDP checksum zero (RFC 6935, RFC 8926 §3.3); the kernel drops those unless told.
            _ = NativeSocket.SetOption(descriptor, NativeSocket.SolUdp, NativeSocket.UdpNoCheck6Receive, one, sizeof(int));
        }

        var wanted = BitConverter.GetBytes(options.ReceiveBufferBytes);
        if (NativeSocket.SetOption(descriptor, NativeSocket.SolSocket, NativeSocket.SoReceiveBufferForce, wanted, sizeof(int)) != 0)
        {
            socket.ReceiveBufferSize = options.ReceiveBufferBytes;
        }

        // The kernel doubles what it grants, to pay for its own bookkeeping, and reports the double.
        return socket.ReceiveBufferSize / 2;
    }

    private static CaptureException Explain(SocketException fault, TunnelReceiverOptions options) => fault.SocketErrorCode switch
    {
        SocketError.AddressAlreadyInUse => new(
            CaptureFault.PortTaken,
            $"UDP port {options.Local.Port} is taken; stop the program that has it (ss -ulpn 'sport = {options.Local.Port}') "
                + "or name another",
            fault),
        SocketError.AddressNotAvailable => new(
            CaptureFault.NoSuchAddress,
            $"{options.Local.Address} is not an address of this machine; name one, or leave it out for all",
            fault),
        SocketError.AccessDenied => new(
            CaptureFault.NoPrivilege, $"UDP port {options.Local.Port} needs a privilege (CAP_NET_BIND_SERVICE); use one above 1023", fault),
        _ => new(CaptureFault.Broken, $"UDP {options.Local}: {fault.Message}", fault),
    };

    private Timestamp Now => new((_clock.GetUtcNow().UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) * 100);

    private int ReadBatch(PacketSink sink)
    {
        var received = _batch.Receive(Descriptor);
        if (received == 0)
        {
            return 0;
        }

        if (_isToSteer)
        {
            SteerOnceAlone();
        }

        var now = Now;
        for (var i = 0; i < received; i++)
        {
            var sender = _batch.Sender(i);
            if (_options.Senders is { } senders && !senders.Allows(sender))
            {
                Volatile.Write(ref _otherSenders, _otherSenders + 1);
                continue;
            }

            sink.OnDatagram(_batch.Octets(i), _options.Tunnel, sender, _batch.Time(i, now));
        }

        _arrivesQuickly = _batch.Time(0, now).Elapsed(_lastArrival) < _options.BatchWait;
        _lastArrival = _batch.Time(received - 1, now);
        return received;
    }

    // What the kernel holds already came before the stop; a batch that is not full has emptied it. A process that shares the port gets what
    // comes from now on.
    private void ReadTheRest(PacketSink sink)
    {
        Steering.TryPassOn(Descriptor, _groupSize);
        var stopped = _clock.GetTimestamp();
        while (ReadBatch(sink) == BatchDatagrams && _clock.GetElapsedTime(stopped) < LongestDrain)
        {
        }
    }

    /// <summary>Fills the next batch by a short wait while packets come quickly, otherwise sleeps until one comes.</summary>
    private void Wait(int received, PacketSink sink)
    {
        if (received > 0 && _arrivesQuickly)
        {
            var nap = new NativeSocket.TimeSpec { Nanoseconds = _options.BatchWait.Ticks * 100 };
            _ = NativeSocket.Poll([], 0, nap, 0);
            return;
        }

        var idle = new NativeSocket.TimeSpec { Nanoseconds = IdleWait.Ticks * 100 };
        Span<NativeSocket.PollDescriptor> descriptors =
        [
            new() { Descriptor = Descriptor, Events = NativeSocket.PollIn },
            new() { Descriptor = _wakeUp.Descriptor, Events = NativeSocket.PollIn },
        ];
        var ready = NativeSocket.Poll(descriptors, (ulong)descriptors.Length, idle, 0);
        if (ready == 0 || descriptors[1].Returned != 0)
        {
            _wakeUp.Reset();
            sink.OnBatchEnd(Now);
        }
    }

    // Also for one receiver: while this program is attached, sockets that join the port later get nothing until these are closed.
    private void Steer()
    {
        Steering.TryAttach(Descriptor, _groupSize);
        _isToSteer = false;
    }

    // The process before has begun to end when the first datagram comes here, and has ended soon after.
    private void SteerOnceAlone()
    {
        if (_tookOverAt == 0)
        {
            _tookOverAt = _clock.GetTimestamp();
        }
        else if (_clock.GetElapsedTime(_tookOverAt) > 2 * LongestDrain)
        {
            Steer();
        }
    }

    private void Close()
    {
        lock (_closing)
        {
            if (!_isClosed)
            {
                _lossAtClose = KernelDrops();
                _isClosed = true;
                _socket.Dispose();
            }
        }
    }

    private long KernelDrops()
    {
        const int Drops = 8;
        Span<uint> information = stackalloc uint[9];
        var length = (uint)(information.Length * sizeof(uint));
        return NativeSocket.GetOption(Descriptor, NativeSocket.SolSocket, NativeSocket.SoMemInfo, information, ref length) == 0
            ? information[Drops]
            : 0;
    }
}

using System.Net.NetworkInformation;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Parallax.Wire;
using Parallax.Wire.Packets;

namespace Parallax.Capture.Sources;

/// <summary>Captures from a network interface through libpcap, with nanosecond stamps where the system has them.</summary>
/// <remarks>Needs CAP_NET_RAW. libpcap is used in non-blocking mode, since its blocking calls wait for traffic whatever the
/// time-out. Thread safety: one run at a time.</remarks>
public sealed class LibpcapSource : IPacketSource
{
    private const int BatchPackets = 256;
    private const int BusyBatch = 4;

    /// <summary>How long the kernel fills a block of the ring before it hands it over. In libpcap's immediate mode packets come at once,
    /// but its ring (TPACKET_V2) has frames of a fixed size, 64 KiB at most on Ethernet: BIG TCP segments are cut, and a ring of 32 MiB
    /// holds 512 packets however small they are.</summary>
    private const int BlockTimeoutMilliseconds = 1;

    /// <summary>More packets than a ring of the common size holds.</summary>
    private const int MaxUnfiltered = 1 << 16;

    private static readonly TimeSpan IdleWait = TimeSpan.FromMilliseconds(50);

    /// <summary>Longest reading on after a stop: traffic that never pauses must not keep the program from ending.</summary>
    private static readonly TimeSpan LongestDrain = TimeSpan.FromMilliseconds(100);

    private readonly LibpcapOptions _options;
    private readonly TimeProvider _clock;
    private readonly Lock _closing = new();
    private readonly WakeUp _wakeUp = new();
    private readonly LinkType _link;
    private readonly int _fractionNanoseconds;
    private nint _capture;
    private long _lossAtStart;
    private long _lossAtClose;

    private LibpcapSource(LibpcapOptions options, nint capture, TimeProvider clock)
    {
        _options = options;
        _capture = capture;
        _clock = clock;
        _link = (LinkType)NativePcap.LinkType(capture);
        _fractionNanoseconds = NativePcap.GetTimestampPrecision(capture) == NativePcap.NanosecondPrecision ? 1 : 1000;
    }

    /// <inheritdoc/>
    public string Name => $"interface {_options.Interface}";

    /// <inheritdoc/>
    public SourceLosses Losses
    {
        get
        {
            lock (_closing)
            {
                return new(_capture == 0 ? _lossAtClose : ReadLoss(), 0);
            }
        }
    }

    /// <summary>Opens the interface.</summary>
    /// <exception cref="CaptureException">No libpcap, no such interface, no privilege, or a filter that is not valid.</exception>
    public static LibpcapSource Open(LibpcapOptions options, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(options);
        try
        {
            var capture = Activate(options);
            try
            {
                CheckLink(capture, options.Interface);
                Filter(capture, options);
                LoopbackFilter.Apply(NativePcap.SelectableDescriptor(capture), options.Interface);
                Span<byte> error = stackalloc byte[NativePcap.ErrorBufferBytes];
                _ = NativePcap.SetNonBlocking(capture, 1, error);
                var source = new LibpcapSource(options, capture, clock);
                source.PassOverUnfiltered();
                return source;
            }
            catch
            {
                NativePcap.Close(capture);
                throw;
            }
        }
        catch (Exception fault) when (fault is DllNotFoundException or EntryPointNotFoundException)
        {
            throw new CaptureException(
                CaptureFault.LibpcapMissing, "live capture needs libpcap; install it: sudo apt-get install libpcap0.8", fault);
        }
    }

    /// <inheritdoc/>
    public void Run(PacketSink sink, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sink);
        var descriptor = NativePcap.SelectableDescriptor(_capture);
        while (!cancellationToken.IsCancellationRequested)
        {
            var received = ReadBatch(sink);
            sink.OnBatchEnd(Now);
            if (received < BatchPackets)
            {
                Wait(received, descriptor);
            }
        }

        var stopped = _clock.GetTimestamp();
        while (ReadBatch(sink) > 0 && _clock.GetElapsedTime(stopped) < LongestDrain)
        {
        }

        sink.OnBatchEnd(Now);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_closing)
        {
            if (_capture != 0)
            {
                _lossAtClose = ReadLoss();
                NativePcap.Close(_capture);
                _capture = 0;
                _wakeUp.Dispose();
            }
        }
    }

    /// <summary>Makes a waiting <see cref="Run"/> end its batch now. Any thread.</summary>
    public void Wake() => _wakeUp.Set();

    private static nint Activate(LibpcapOptions options)
    {
        Span<byte> error = stackalloc byte[NativePcap.ErrorBufferBytes];
        var capture = NativePcap.Create(options.Interface, error);
        if (capture == 0)
        {
            throw new CaptureException(CaptureFault.Broken, $"interface {options.Interface}: {Text(error)}");
        }

        _ = NativePcap.SetSnapLength(capture, options.SnapLengthBytes);
        _ = NativePcap.SetPromiscuous(capture, options.Promiscuous ? 1 : 0);
        _ = NativePcap.SetTimeout(capture, BlockTimeoutMilliseconds);
        _ = NativePcap.SetBufferSize(capture, options.BufferBytes);
        _ = NativePcap.SetTimestampPrecision(capture, NativePcap.NanosecondPrecision);
        var status = NativePcap.Activate(capture);
        if (status >= NativePcap.Success)
        {
            return capture;
        }

        var fault = Explain(status, options.Interface, Marshal.PtrToStringUTF8(NativePcap.Error(capture)));
        NativePcap.Close(capture);
        throw fault;
    }

    private static CaptureException Explain(int status, string name, string? detail) => status switch
    {
        NativePcap.NoSuchDevice => new(
            CaptureFault.NoSuchInterface,
            $"there is no interface {name}; there are: {string.Join(", ", Interfaces())}"),
        NativePcap.NoPermission or NativePcap.PromiscuousNotAllowed => new(
            CaptureFault.NoPrivilege,
            $"capturing on {name} needs CAP_NET_RAW; run as root, or give that one capability to a service or a group: "
                + "see docs/deploying.md"),
        NativePcap.InterfaceNotUp => new(CaptureFault.NoSuchInterface, $"interface {name} is down; bring it up: ip link set {name} up"),
        _ => new(CaptureFault.Broken, $"interface {name}: {detail ?? Marshal.PtrToStringUTF8(NativePcap.StatusText(status))}"),
    };

    private static IEnumerable<string> Interfaces() =>
        NetworkInterface.GetAllNetworkInterfaces().Select(each => each.Name).Append("any");

    private static void CheckLink(nint capture, string name)
    {
        var link = (LinkType)NativePcap.LinkType(capture);
        if (!LinkTypes.IsRead(link))
        {
            throw new CaptureException(
                CaptureFault.Unsupported,
                $"interface {name} delivers link type {(int)link}, which is not read; "
                    + $"name a network interface: {string.Join(", ", Interfaces())}");
        }
    }

    private static void Filter(nint capture, LibpcapOptions options)
    {
        // Alone first: what is wrong with it is then said about what the user wrote.
        SetFilter(capture, options.Filter ?? "");
        if (options.Ports.Count == 0)
        {
            return;
        }

        try
        {
            SetFilter(capture, Combine(options.Filter, PortFilter.For(options.Ports, withVlans: true)));
        }
        catch (CaptureException)
            when (TrySetFilter(capture, Combine(options.Filter, PortFilter.For(options.Ports, withVlans: false)), out _))
        {
            // The link type has no VLANs.
        }
    }

    private static string Combine(string? filter, string ports) => filter is null ? ports : $"({filter}) and ({ports})";

    private static void SetFilter(nint capture, string expression)
    {
        if (!TrySetFilter(capture, expression, out var why))
        {
            throw new CaptureException(CaptureFault.BadFilter, $"filter \"{expression}\": {why}; see man pcap-filter");
        }
    }

    private static bool TrySetFilter(nint capture, string expression, out string? why)
    {
        var program = default(NativePcap.FilterProgram);
        if (NativePcap.Compile(capture, ref program, expression, 1, NativePcap.NetmaskUnknown) != NativePcap.Success)
        {
            why = Marshal.PtrToStringUTF8(NativePcap.Error(capture));
            return false;
        }

        var set = NativePcap.SetFilter(capture, ref program) == NativePcap.Success;
        why = set ? null : Marshal.PtrToStringUTF8(NativePcap.Error(capture));
        NativePcap.FreeFilter(ref program);
        return set;
    }

    private static string Text(ReadOnlySpan<byte> buffer)
    {
        var end = buffer.IndexOf((byte)0);
        return System.Text.Encoding.UTF8.GetString(end < 0 ? buffer : buffer[..end]);
    }

    /// <summary>A span over memory that libpcap owns until its next call.</summary>
    private static ReadOnlySpan<byte> Octets(nint address, int length) =>
        MemoryMarshal.CreateReadOnlySpan(ref Unsafe.AddByteOffset(ref Unsafe.NullRef<byte>(), address), length);

    private Timestamp Now => new((_clock.GetUtcNow().UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) * 100);

    private int ReadBatch(PacketSink sink)
    {
        for (var count = 0; count < BatchPackets; count++)
        {
            var status = NativePcap.Next(_capture, out var headerAddress, out var octets);
            if (status == 0)
            {
                return count;
            }

            if (status < 0)
            {
                var why = Marshal.PtrToStringUTF8(NativePcap.Error(_capture)) ?? "the capture ended";
                return IsNothingThere(why) ? count : throw new CaptureException(CaptureFault.Broken, $"{Name}: {why}");
            }

            var header = MemoryMarshal.Read<NativePcap.PacketHeader>(Octets(headerAddress, Unsafe.SizeOf<NativePcap.PacketHeader>()));
            var time = Timestamp.FromParts(header.Seconds, header.Fraction * _fractionNanoseconds);
            sink.OnPacket(Octets(octets, (int)header.CapturedLength), _link, (int)Math.Min(header.OriginalLength, int.MaxValue), time);
        }

        return BatchPackets;
    }

    /// <summary>What libpcap calls an error on nflog when it does not block and nothing has come.</summary>
    private static bool IsNothingThere(string why) =>
        why.EndsWith(Marshal.GetPInvokeErrorMessage(NativeSocket.Again), StringComparison.Ordinal);

    private void Wait(int received, int descriptor)
    {
        if (received >= BusyBatch && _options.BatchWait > TimeSpan.Zero)
        {
            var nap = new NativeSocket.TimeSpec { Nanoseconds = _options.BatchWait.Ticks * 100 };
            _ = NativeSocket.Poll([], 0, nap, 0);
            return;
        }

        var idle = new NativeSocket.TimeSpec { Nanoseconds = IdleWait.Ticks * 100 };
        Span<NativeSocket.PollDescriptor> descriptors =
        [
            new() { Descriptor = descriptor, Events = NativeSocket.PollIn },
            new() { Descriptor = _wakeUp.Descriptor, Events = NativeSocket.PollIn },
        ];
        _ = NativeSocket.Poll(descriptors, (ulong)descriptors.Length, idle, 0);
        if (descriptors[1].Returned != 0)
        {
            _wakeUp.Reset();
        }
    }

    private long ReadLoss() => NativePcap.Statistics(_capture, out var statistics) == 0
        ? (long)statistics.Dropped + statistics.DroppedByInterface - _lossAtStart
        : 0;

    /// <summary>A filter can be set on an open capture only. What came before it stood may have filled the ring, which would keep the
    /// first packets that are wanted out of it, and what had no room then is not loss.</summary>
    private void PassOverUnfiltered()
    {
        for (var count = 0; count < MaxUnfiltered && NativePcap.Next(_capture, out _, out _) > 0; count++)
        {
        }

        _lossAtStart = ReadLoss();
    }
}

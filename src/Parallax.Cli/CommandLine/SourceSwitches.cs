using System.Collections.Frozen;
using System.CommandLine;
using System.Globalization;
using Parallax.Capture.Pipeline;
using Parallax.Capture.Sources;
using Parallax.Traffic.Exchanges;

namespace Parallax.Cli.CommandLine;

/// <summary>The options that say where packets come from and how much may be held of them.</summary>
internal sealed class SourceSwitches
{
    // 24 bits, RFC 7348 §5.
    private const int LargestVni = (1 << 24) - 1;

    private readonly Option<string?> _vxlan = Listening("--vxlan", "receive VXLAN at this UDP port [4789]");
    private readonly Option<string?> _geneve = Listening("--geneve", "receive GENEVE at this UDP port [6081]");
    private readonly Option<string[]?> _interfaces = new("--interface", "-i")
    {
        Description = "capture from this network interface; any for all (repeatable)",
        HelpName = "NAME",
    };

    private readonly Option<string[]?> _pcap = new("--pcap")
    {
        Description = "read a pcap or pcapng file, - for standard input; several are one capture, merged by time (repeatable)",
        HelpName = "FILE",
    };

    private readonly Option<int[]> _ports = Setting.Numbers("--port", "TCP ports of the services (repeatable) [all]", 1, ushort.MaxValue);
    private readonly Option<string?> _filter = new("--filter")
    {
        Description = "a further filter, see pcap-filter(7)",
        HelpName = "EXPRESSION",
    };

    private readonly Option<bool> _promiscuous = new("--promiscuous") { Description = "also take packets for other machines" };
    private readonly Option<int[]> _vnis = Setting.Numbers("--vni", "capture only these virtual networks", 0, LargestVni);
    private readonly Option<int[]> _deny = Setting.Numbers("--deny-vni", "do not capture these", 0, LargestVni);
    private readonly Option<string[]?> _senders = new("--allow-sender")
    {
        Description = "take VXLAN and GENEVE only from this network, for example 10.0.0.0/8 (repeatable) [everybody]",
        HelpName = "CIDR",
    };

    private readonly Option<double?> _speed = new("--speed")
    {
        Description = "read the file at this multiple of its own pace, for example 1x [as fast as it goes]",
        HelpName = "N",
        CustomParser = result => double.TryParse(
            result.Tokens[0].Value.TrimEnd('x'), NumberStyles.Float, CultureInfo.InvariantCulture, out var speed) && speed > 0
            ? speed
            : Refuse(result, "is no speed; write 1x, 2x or 0.5x"),
    };

    private readonly Setting<int> _shards = Setting.Count("--shards", "threads that share a VXLAN or GENEVE port", 1, most: 64);
    private readonly Setting<long> _buffer = Setting.Size("--buffer", "kernel buffer for packets", "32mb", least: 4096);
    private readonly Setting<long> _maxBody = Setting.Size(
        "--max-body", "largest body kept; a longer request is not replayed", "a quarter of --memory, 64mb at most");

    private readonly Setting<long> _memory = Setting.Size(
        "--memory",
        "bound on the memory of messages and out-of-order packets",
        "a quarter of the heap, 256mb at most",
        () => MemoryShares.MessageBytesOf(ProcessMemory.HeapBytes),
        least: 1 << 20);

    private readonly Setting<int> _flows = Setting.Count(
        "--max-flows", "connections followed at once", 0, "200000, or what a sixteenth of the heap takes", int.MaxValue);

    private bool _keepsResponses;

    public void AddTo(Command command)
    {
        Option[] all =
        [
            _vxlan, _geneve, _interfaces, _pcap, _ports, _filter, _promiscuous, _vnis, _deny, _senders, _speed, _shards.Option,
            _buffer.Option, _maxBody.Option, _memory.Option, _flows.Option,
        ];
        foreach (var option in all)
        {
            command.Options.Add(option);
        }
    }

    /// <summary>Opens the sources and makes a shard for each.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="consumerOf">Makes what receives the exchanges of one shard.</param>
    /// <param name="pool">The memory of messages.</param>
    /// <param name="keepsResponses">True keeps the bodies of responses too.</param>
    /// <param name="warn">Told, in one line, of what will work worse than asked for.</param>
    /// <exception cref="UsageException">No source, or a value that is not right.</exception>
    /// <exception cref="CaptureException">A source cannot be opened.</exception>
    public CapturePipeline Open(
        ParseResult parsed, Func<ExchangeConsumer> consumerOf, OctetPool pool, bool keepsResponses, Action<string> warn)
    {
        _keepsResponses = keepsResponses;
        var ids = new ExchangeIds();
        var pairs = new List<(IPacketSource, CaptureShard)>();
        try
        {
            AddTunnel(parsed, _vxlan, Tunnel.Vxlan, 4789, pairs, options => new(options, pool, ids, consumerOf()), warn);
            AddTunnel(parsed, _geneve, Tunnel.Geneve, 6081, pairs, options => new(options, pool, ids, consumerOf()), warn);
            AddInterfaces(parsed, pairs, options => new(options, pool, ids, consumerOf()));
            if (PcapFilesOf(parsed) is { Length: > 0 } paths)
            {
                var source = PcapFileSource.Open(paths, parsed.GetValue(_speed), TimeProvider.System);
                pairs.Add((source, new(ShardOptionsOf(parsed, isLive: false), pool, ids, consumerOf())));
            }

            return new(pairs);
        }
        catch
        {
            pairs.ForEach(pair => pair.Item1.Dispose());
            throw;
        }
    }

    /// <summary>A pool as large as the command line allows.</summary>
    public OctetPool NewPool(ParseResult parsed) => new(_memory.Of(parsed));

    /// <summary>True when packets come from a file as fast as they are taken: then the reading may wait for the targets.</summary>
    public bool MayWait(ParseResult parsed) => PcapFilesOf(parsed).Length > 0 && parsed.GetValue(_speed) is null;

    /// <summary>Sees that there is a source at all.</summary>
    /// <exception cref="UsageException">There is none.</exception>
    public void Check(ParseResult parsed)
    {
        Option[] sources = [_vxlan, _geneve, _interfaces, _pcap];
        if (!sources.Any(option => parsed.GetResult(option) is not null))
        {
            throw new UsageException("no source: name one of --vxlan, --geneve, --interface or --pcap");
        }

        var files = PcapFilesOf(parsed);
        if (files.Contains(""))
        {
            throw new UsageException("--pcap names no file");
        }

        if (files.Length > 0 && sources.Count(option => parsed.GetResult(option) is not null) > 1)
        {
            throw new UsageException("--pcap cannot be combined with a live source: a file ends and can wait, live packets do neither");
        }

        if (parsed.GetValue(_filter) is not null && parsed.GetResult(_interfaces) is null)
        {
            throw new UsageException("--filter needs --interface; the other sources have --port");
        }

        if (parsed.GetResult(_senders) is not null && parsed.GetResult(_vxlan) is null && parsed.GetResult(_geneve) is null)
        {
            throw new UsageException("--allow-sender needs --vxlan or --geneve; --interface has --filter");
        }

        if (parsed.GetResult(_speed) is not null && files.Length == 0)
        {
            throw new UsageException("--speed needs --pcap; the other sources have their own pace");
        }
    }

    private void AddTunnel(
        ParseResult parsed, Option<string?> option, Tunnel tunnel, int port,
        List<(IPacketSource Source, CaptureShard Shard)> pairs, Func<ShardOptions, CaptureShard> shardOf, Action<string> warn)
    {
        if (parsed.GetResult(option) is null)
        {
            return;
        }

        var count = _shards.Of(parsed);
        var wanted = (int)Math.Min(_buffer.Of(parsed), int.MaxValue / 2);
        var receivers = TunnelReceiver.OpenGroup(
            new()
            {
                Local = EndPoints.Listening(option.Name, parsed.GetValue(option), port),
                Tunnel = tunnel,
                ReceiveBufferBytes = wanted,
                Senders = SendersOf(parsed),
            },
            count,
            TimeProvider.System);
        var shards = receivers.Select(_ => shardOf(ShardOptionsOf(parsed, isLive: true))).ToArray();
        if (count > 1)
        {
            CaptureShard.Join(shards, index => receivers[index].Wake());
        }

        pairs.AddRange(receivers.Zip(shards, (receiver, shard) => ((IPacketSource)receiver, shard)));
        if (receivers[0].GrantedBufferBytes < wanted)
        {
            warn($"the kernel grants {receivers[0].GrantedBufferBytes >> 10} KiB of the {wanted >> 10} KiB receive buffer asked for; "
                + $"against loss in bursts: sysctl -w net.core.rmem_max={wanted}");
        }
    }

    private void AddInterfaces(
        ParseResult parsed, List<(IPacketSource Source, CaptureShard Shard)> pairs, Func<ShardOptions, CaptureShard> shardOf)
    {
        var sources = new List<LibpcapSource>();
        var shards = new List<CaptureShard>();
        foreach (var name in (parsed.GetValue(_interfaces) ?? []).Distinct())
        {
            var source = LibpcapSource.Open(
                new()
                {
                    Interface = name,
                    Ports = PortsOf(parsed),
                    Filter = parsed.GetValue(_filter),
                    Promiscuous = parsed.GetValue(_promiscuous),
                    BufferBytes = (int)Math.Min(_buffer.Of(parsed), int.MaxValue / 2),
                },
                TimeProvider.System);
            sources.Add(source);
            shards.Add(shardOf(ShardOptionsOf(parsed, isLive: true) with { LeavesOutTranslatedCopies = name == "any" }));
            pairs.Add((source, shards[^1]));
        }

        if (sources.Count > 1)
        {
            // The halves of a connection may come over different interfaces, and the whole of it over several.
            CaptureShard.Join([.. shards], index => sources[index].Wake());
        }
    }

    private ShardOptions ShardOptionsOf(ParseResult parsed, bool isLive)
    {
        var memory = _memory.Of(parsed);
        var flows = _flows.IsGiven(parsed) ? _flows.Of(parsed) : MemoryShares.FlowsOf(ProcessMemory.HeapBytes);
        return new()
        {
            IsLive = isLive,
            Ports = PortsOf(parsed).ToFrozenSet(),
            Vnis = new((parsed.GetValue(_vnis) ?? []).ToFrozenSet(), (parsed.GetValue(_deny) ?? []).ToFrozenSet()),
            Extraction = new()
            {
                MaxBodyBytes = _maxBody.IsGiven(parsed) ? _maxBody.Of(parsed) : MemoryShares.KeptBodyBytesOf(memory),
                MaxHeldBytes = memory / 2 / _shards.Of(parsed),
                KeepResponseBodies = _keepsResponses,
            },
            Flows = new()
            {
                MaxFlows = Math.Max(1, flows / _shards.Of(parsed)),
                MaxHeldBytes = memory / 4 / _shards.Of(parsed),
                MaxHeldBytesPerHalf = (int)Math.Min(4 << 20, memory / 4 / _shards.Of(parsed)),
            },
        };
    }

    private SenderFilter? SendersOf(ParseResult parsed)
    {
        if (parsed.GetValue(_senders) is not { Length: > 0 } networks)
        {
            return null;
        }

        return SenderFilter.TryParse(networks, out var filter, out var wrong) ? filter
            : throw new UsageException($"{_senders.Name}: \"{wrong}\" is no network; write it like 10.0.0.0/8 or fd00::/8");
    }

    private string[] PcapFilesOf(ParseResult parsed) => parsed.GetValue(_pcap) ?? [];

    private ushort[] PortsOf(ParseResult parsed) => [.. (parsed.GetValue(_ports) ?? []).Select(port => (ushort)port)];

    private static double? Refuse(System.CommandLine.Parsing.ArgumentResult result, string why)
    {
        result.AddError($"--speed: \"{result.Tokens[0].Value}\" {why}");
        return null;
    }

    private static Option<string?> Listening(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "[ADDRESS:]PORT",
        Arity = ArgumentArity.ZeroOrOne,
    };
}

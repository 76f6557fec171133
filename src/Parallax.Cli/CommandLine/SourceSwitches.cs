using System.Collections.Frozen;
using System.CommandLine;
using System.Globalization;
using System.Net;
using Parallax.Capture.Sources;
using Parallax.Reactor.Loops;
using Parallax.Runs.Capturing;
using Parallax.Runs.Limits;

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
    private readonly Option<int[]> _vnis = Setting.Numbers("--vni", "capture only these virtual networks (repeatable)", 0, LargestVni);
    private readonly Option<int[]> _deny = Setting.Numbers("--deny-vni", "do not capture these (repeatable)", 0, LargestVni);
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
            : Refuse(result, "is not a speed; write 1x, 2x or 0.5x"),
    };

    private readonly TakeOverSwitch _takeOver = new();
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

    public void AddTo(CommandPage page)
    {
        page.Add(
            SwitchGroup.Packets,
            _vxlan, _geneve, _interfaces, _pcap, _ports, _filter, _promiscuous, _vnis, _deny, _senders, _speed, _takeOver.Option);
        page.Add(SwitchGroup.Limits, _maxBody.Option, _memory.Option, _flows.Option, _shards.Option, _buffer.Option);
    }

    /// <summary>What the command line says about sources.</summary>
    /// <exception cref="UsageException">There is no source, or a value is not right.</exception>
    public SourceOptions OptionsOf(ParseResult parsed)
    {
        Check(parsed);
        var memory = _memory.Of(parsed);
        return new()
        {
            Vxlan = ListeningOf(parsed, _vxlan, 4789),
            Geneve = ListeningOf(parsed, _geneve, 6081),
            Interfaces = parsed.GetValue(_interfaces) ?? [],
            PcapFiles = PcapFilesOf(parsed),
            Ports = [.. (parsed.GetValue(_ports) ?? []).Select(port => (ushort)port)],
            Filter = parsed.GetValue(_filter),
            Promiscuous = parsed.GetValue(_promiscuous),
            Vnis = new((parsed.GetValue(_vnis) ?? []).ToFrozenSet(), (parsed.GetValue(_deny) ?? []).ToFrozenSet()),
            Senders = SendersOf(parsed),
            Speed = parsed.GetValue(_speed),
            Inherited = InheritedSockets.Take(),
            TakesOver = _takeOver.Of(parsed),
            Shards = _shards.Of(parsed),
            BufferBytes = (int)Math.Min(_buffer.Of(parsed), int.MaxValue / 2),
            MemoryBytes = memory,
            MaxBodyBytes = _maxBody.IsGiven(parsed) ? _maxBody.Of(parsed) : MemoryShares.KeptBodyBytesOf(memory),
            MaxFlows = _flows.IsGiven(parsed) ? _flows.Of(parsed) : MemoryShares.FlowsOf(ProcessMemory.HeapBytes),
        };
    }

    private void Check(ParseResult parsed)
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

        if (_takeOver.Of(parsed) && parsed.GetResult(_vxlan) is null && parsed.GetResult(_geneve) is null)
        {
            throw new UsageException(
                $"{_takeOver.Option.Name} needs --vxlan or --geneve; any number of processes can capture from an interface");
        }

        if (parsed.GetResult(_speed) is not null && files.Length == 0)
        {
            throw new UsageException("--speed needs --pcap; the other sources have their own pace");
        }
    }

    private SenderFilter? SendersOf(ParseResult parsed)
    {
        if (parsed.GetValue(_senders) is not { Length: > 0 } networks)
        {
            return null;
        }

        return SenderFilter.TryParse(networks, out var filter, out var wrong) ? filter
            : throw new UsageException($"{_senders.Name}: \"{wrong}\" is not a network; write it like 10.0.0.0/8 or fd00::/8");
    }

    private string[] PcapFilesOf(ParseResult parsed) => parsed.GetValue(_pcap) ?? [];

    private static IPEndPoint? ListeningOf(ParseResult parsed, Option<string?> option, int port) =>
        parsed.GetResult(option) is null ? null : EndPoints.Listening(option.Name, parsed.GetValue(option), port);

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

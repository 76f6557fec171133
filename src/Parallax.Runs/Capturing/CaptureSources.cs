using System.Collections.Frozen;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Parallax.Capture.Pipeline;
using Parallax.Capture.Sources;
using Parallax.Runs.Running;
using Parallax.Traffic.Exchanges;

namespace Parallax.Runs.Capturing;

/// <summary>Opens the sources of a capture, and makes a shard for each.</summary>
/// <remarks>Thread safety: none; used once.</remarks>
internal sealed class CaptureSources
{
    private readonly List<(IPacketSource Source, CaptureShard Shard)> _pairs = [];
    private readonly ExchangeIds _ids = new();
    private readonly SourceOptions _options;
    private readonly Func<ExchangeConsumer> _consumerOf;
    private readonly OctetPool _pool;
    private readonly bool _keepsResponses;
    private readonly ILogger _log;

    private CaptureSources(
        SourceOptions options, Func<ExchangeConsumer> consumerOf, OctetPool pool, bool keepsResponses, ILogger log) =>
        (_options, _consumerOf, _pool, _keepsResponses, _log) = (options, consumerOf, pool, keepsResponses, log);

    /// <summary>Opens them.</summary>
    /// <param name="options">Which ones.</param>
    /// <param name="consumerOf">Makes what receives the exchanges of one shard.</param>
    /// <param name="pool">The memory of messages.</param>
    /// <param name="keepsResponses">True keeps the bodies of responses too.</param>
    /// <param name="log">Where it is logged that something will work worse than asked for.</param>
    /// <exception cref="CaptureException">A source cannot be opened.</exception>
    public static CapturePipeline Open(
        SourceOptions options, Func<ExchangeConsumer> consumerOf, OctetPool pool, bool keepsResponses, ILogger log)
    {
        options.Inherited.CheckUsed([.. new[] { options.Vxlan, options.Geneve }.OfType<IPEndPoint>().Select(at => (ProtocolType.Udp, at))]);
        var sources = new CaptureSources(options, consumerOf, pool, keepsResponses, log);
        try
        {
            sources.AddTunnel(options.Vxlan, Tunnel.Vxlan);
            sources.AddTunnel(options.Geneve, Tunnel.Geneve);
            sources.AddInterfaces();
            sources.AddFiles();
            return new(sources._pairs);
        }
        catch
        {
            sources._pairs.ForEach(pair => pair.Source.Dispose());
            throw;
        }
    }

    private void AddTunnel(IPEndPoint? local, Tunnel tunnel)
    {
        if (local is null)
        {
            return;
        }

        var inherited = _options.Inherited.Of(ProtocolType.Udp, local).ToList();
        var receivers = TunnelReceiver.OpenGroup(
            new()
            {
                Local = local,
                Tunnel = tunnel,
                ReceiveBufferBytes = _options.BufferBytes,
                Senders = _options.Senders,
                Inherited = inherited,
                TakesOver = _options.TakesOver,
            },
            _options.Shards,
            TimeProvider.System);
        var shards = receivers.Select(_ => NewShard(isLive: true)).ToArray();
        if (shards.Length > 1)
        {
            CaptureShard.Join(shards, index => receivers[index].Wake());
        }

        _pairs.AddRange(receivers.Zip(shards, (receiver, shard) => ((IPacketSource)receiver, shard)));
        if (receivers[0].GrantedBufferBytes < _options.BufferBytes)
        {
            RunLog.BufferIsSmall(
                _log, receivers[0].GrantedBufferBytes >> 10, _options.BufferBytes >> 10, _options.BufferBytes);
        }

        if (inherited.Count > 0)
        {
            LogInherited(receivers);
        }
    }

    private void LogInherited(IReadOnlyList<TunnelReceiver> receivers)
    {
        if (receivers.Count != _options.Shards)
        {
            RunLog.ShardsOfSockets(_log, receivers[0].LocalEndPoint.Port, receivers.Count, _options.Shards);
        }

        if (receivers.Sum(receiver => receiver.LostBefore) is > 0 and var lost)
        {
            RunLog.LostBefore(_log, receivers[0].Name, NumberText.Count(lost));
        }
    }

    private void AddInterfaces()
    {
        var sources = new List<LibpcapSource>();
        var shards = new List<CaptureShard>();
        foreach (var name in _options.Interfaces.Distinct())
        {
            var source = LibpcapSource.Open(
                new()
                {
                    Interface = name,
                    Ports = [.. _options.Ports],
                    Filter = _options.Filter,
                    Promiscuous = _options.Promiscuous,
                    BufferBytes = _options.BufferBytes,
                },
                TimeProvider.System);
            sources.Add(source);
            shards.Add(NewShard(isLive: true, leavesOutTranslatedCopies: name == "any"));
            _pairs.Add((source, shards[^1]));
        }

        if (sources.Count > 1)
        {
            // The halves of a connection may come over different interfaces, and the whole of it over several.
            CaptureShard.Join([.. shards], index => sources[index].Wake());
        }
    }

    private void AddFiles()
    {
        if (_options.PcapFiles.Count > 0)
        {
            var source = PcapFileSource.Open(_options.PcapFiles, _options.Speed, TimeProvider.System);
            _pairs.Add((source, NewShard(isLive: false)));
        }
    }

    private CaptureShard NewShard(bool isLive, bool leavesOutTranslatedCopies = false)
    {
        var heldBytes = _options.MemoryBytes / 4 / _options.Shards;
        var options = new ShardOptions
        {
            IsLive = isLive,
            LeavesOutTranslatedCopies = leavesOutTranslatedCopies,
            Ports = _options.Ports.ToFrozenSet(),
            Vnis = _options.Vnis,
            Extraction = new()
            {
                MaxBodyBytes = _options.MaxBodyBytes,
                MaxHeldBytes = _options.MemoryBytes / 2 / _options.Shards,
                KeepResponseBodies = _keepsResponses,
            },
            Flows = new()
            {
                MaxFlows = Math.Max(1, _options.MaxFlows / _options.Shards),
                MaxHeldBytes = heldBytes,
                MaxHeldBytesPerHalf = (int)Math.Min(4 << 20, heldBytes),
            },
        };
        return new(options, _pool, _ids, _consumerOf());
    }
}

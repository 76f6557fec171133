using System.Net;
using System.Net.Sockets;
using Parallax.Capture.Pipeline;
using Parallax.Capture.Sources;
using Parallax.Traffic.Exchanges;

namespace Parallax.Capture.Tests.Hardening;

/// <summary>Receivers on loopback with their shards, running, and a socket that sends to them.</summary>
internal sealed class TunnelBench : IDisposable
{
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource _stop = new();
    private readonly Socket _sender = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly CapturePipeline _pipeline;
    private readonly Thread _runner;
    private Exception? _fault;

    public TunnelBench(Tunnel tunnel, int count)
    {
        Receivers = TunnelReceiver.OpenGroup(
            new() { Local = new(IPAddress.Loopback, 0), Tunnel = tunnel }, count, TimeProvider.System);
        var (ids, options) = (new ExchangeIds(), new ShardOptions { Extraction = new() { DigestContent = true }, IsLive = true });
        Shards = [.. Receivers.Select(_ => new CaptureShard(options, Pool, ids, Found))];
        if (count > 1)
        {
            CaptureShard.Join(Shards, index => Receivers[index].Wake());
        }

        _pipeline = new(Receivers.Zip(Shards, (receiver, shard) => ((IPacketSource)receiver, shard)));
        _runner = new(Run) { IsBackground = true };
        _sender.Connect(Receivers[0].LocalEndPoint);
        _runner.Start();
    }

    public IReadOnlyList<TunnelReceiver> Receivers { get; }

    public CaptureShard[] Shards { get; }

    public OctetPool Pool { get; } = new();

    public ExchangeRecorder Found { get; } = new();

    public int Sent { get; private set; }

    public void Send(byte[] datagram)
    {
        _sender.Send(datagram);
        Sent++;
    }

    /// <summary>Waits until every datagram is accounted for, then stops and ends what is open.</summary>
    public CaptureAccount Finish()
    {
        SpinWait.SpinUntil(() => _pipeline.Account is var now && now.Packets + now.Losses.Kernel >= Sent, Guard);
        Stop();
        Conservation.AssertHolds(_pipeline.Account, Pool);
        Assert.Equal(Sent, _pipeline.Account.Packets + _pipeline.Account.Losses.Kernel);
        return _pipeline.Account;
    }

    public void Stop()
    {
        _stop.Cancel();
        Assert.True(_runner.Join(Guard), "the capture does not stop");
        Assert.Null(_fault);
    }

    public void Dispose()
    {
        _stop.Cancel();
        _runner.Join(Guard);
        _pipeline.Dispose();
        _sender.Dispose();
        _stop.Dispose();
    }

    private void Run()
    {
        try
        {
            _pipeline.Run(_stop.Token);
        }
#pragma warning disable CA1031 // carried to the test
        catch (Exception fault)
#pragma warning restore CA1031
        {
            _fault = fault;
        }
    }
}

using System.Net;
using System.Text;
using System.Threading.Channels;
using Parallax.Reactor.Connections;
using Parallax.Reactor.Loops;
using Parallax.Shadows.Clients;
using Parallax.Shadows.Delivery;
using Parallax.TestKit;
using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Queues;
using Parallax.Traffic.Rewriting;

namespace Parallax.Shadows.Tests.Delivery;

/// <summary>Which event loop a test runs on.</summary>
public enum LoopKind
{
    Epoll,
    Managed,
}

/// <summary>A target on a loop of its own, with its outcomes; at the end it proves that every request is accounted for and every block
/// of memory returned.</summary>
internal sealed class ShadowRig : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly SimulatedNetwork? _network;
    private readonly Channel<ShadowOutcome> _outcomes = Channel.CreateUnbounded<ShadowOutcome>();
    private readonly List<Exception> _faults = [];
    private long _nextId;
    private long _refused;
    private long _told;

    public ShadowRig(
        LoopKind kind,
        IPEndPoint address,
        Func<ShadowOptions, ShadowOptions>? change = null,
        ServerUrl? url = null,
        ShadowObserver? observer = null)
        : this(kind, [address], change, url, observer)
    {
    }

    public ShadowRig(
        LoopKind kind,
        IReadOnlyList<IPEndPoint> addresses,
        Func<ShadowOptions, ShadowOptions>? change = null,
        ServerUrl? url = null,
        ShadowObserver? observer = null)
        : this(
            addFault => kind == LoopKind.Managed ? EventLoop.CreateManaged("shadows", addFault) : EventLoop.Create("shadows", addFault),
            addresses,
            change,
            url,
            observer)
    {
    }

    /// <summary>One on a simulated network, whose hands are turned by <see cref="Advance"/>.</summary>
    public ShadowRig(SimulatedNetwork network, IPEndPoint address, Func<ShadowOptions, ShadowOptions>? change = null)
        : this(addFault => network.CreateLoop("shadows", addFault), [address], change, url: null, observer: null) => _network = network;

    private ShadowRig(
        Func<Action<Exception>, IEventLoop> newLoop,
        IReadOnlyList<IPEndPoint> addresses,
        Func<ShadowOptions, ShadowOptions>? change,
        ServerUrl? url,
        ShadowObserver? observer)
    {
        Loop = newLoop(AddFault);
        Loop.Start();
        var rewrite = new RewriteConfig { MirrorName = "test", TargetAuthority = addresses[0].ToString() };
        Target = new ShadowTarget(Loop, new ShadowTargetConfig
        {
            Name = "test",
            Url = url ?? new ServerUrl(false, "localhost", addresses[0].Port, addresses[0].ToString()),
            Addresses = addresses,
            Rewriter = new HeadRewriter(rewrite),
            Options = (change ?? (options => options))(ShadowOptions.Default),
            AnswerPool = Answers,
            Observer = observer + ((ShadowTargetConfig _, in ShadowOutcome outcome) =>
            {
                Interlocked.Increment(ref _told);
                _outcomes.Writer.TryWrite(outcome);
            }),
        });
    }

    public IEventLoop Loop { get; }

    public ShadowTarget Target { get; }

    public ShadowInbox Inbox => Target.Inbox;

    public OctetPool Pool { get; } = new(1L << 30, new BlockTracker());

    /// <summary>Lends what answers are kept in.</summary>
    public OctetPool Answers { get; } = new(1L << 30, new BlockTracker());

    /// <summary>Offers a request and gives the own reference up; the target's is the only one then.</summary>
    public DropReason Offer(string head, byte[]? body = null, long session = 0)
    {
        var request = Messages.Request(Pool, head, body);
        var refused = Inbox.Offer(request, NextContext(session));
        request.Dispose();
        if (refused != DropReason.None)
        {
            CountRefused();
        }

        return refused;
    }

    /// <summary>Turns the hands of the simulated network's clock.</summary>
    public void Advance(double milliseconds) => _network!.Advance(TimeSpan.FromMilliseconds(milliseconds));

    /// <summary>What has come of the requests by now, in short, in its order: of a simulated target.</summary>
    public List<string> SaidByNow()
    {
        _network!.RunUntilIdle();
        var said = new List<string>();
        while (_outcomes.Reader.TryRead(out var outcome))
        {
            said.Add(Short(outcome));
        }

        return said;
    }

    /// <summary>Does something on the target's loop.</summary>
    public async Task<T> OnLoop<T>(Func<T> work)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Assert.True(Loop.Post(
            _ =>
            {
                try
                {
                    done.SetResult(work());
                }
                catch (Exception exception)
                {
                    done.SetException(exception);
                }
            },
            null));
        _network?.RunUntilIdle();
        return await done.Task.WaitAsync(Patience);
    }

    public Task OnLoop(Action work) => OnLoop(() =>
    {
        work();
        return true;
    });

    /// <summary>Offers a prepared request; to be called on the loop.</summary>
    public DropReason OfferPrepared(string head, ReadOnlySpan<byte> body = default)
    {
        var refused = Target.Offer(Messages.Prepared(Pool, head, body), NextContext());
        if (refused != DropReason.None)
        {
            CountRefused();
        }

        return refused;
    }

    public DropReason GetPrepared(string path = "/", string method = "GET") =>
        OfferPrepared($"{method} {path} HTTP/1.1\r\nHost: a\r\n\r\n");

    /// <summary>Opens a stream; to be called on the loop.</summary>
    public RequestStream? OpenStream(string head, ReadOnlySpan<byte> body = default)
    {
        var beginning = Messages.BeginPrepared(Pool, head, body);
        var stream = Target.OpenStream(ref beginning, NextContext(), out var refused);
        if (refused != DropReason.None)
        {
            CountRefused();
        }

        return stream;
    }

    /// <summary>A request the test offered past the rig was refused: no outcome follows.</summary>
    public void CountRefused() => Interlocked.Increment(ref _refused);

    public DropReason Get(string path = "/", long session = 0) => Offer($"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n", null, session);

    public DropReason Post(byte[] body) => Offer($"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {body.Length}\r\n\r\n", body);

    public async Task<ShadowOutcome> Next()
    {
        _network?.RunUntilIdle();
        Assert.True(_network is null || _outcomes.Reader.TryPeek(out _), "Nothing comes before the hands are turned.");
        return await _outcomes.Reader.ReadAsync().AsTask().WaitAsync(Patience);
    }

    public async Task<List<ShadowOutcome>> Next(int count)
    {
        var outcomes = new List<ShadowOutcome>();
        while (outcomes.Count < count)
        {
            outcomes.Add(await Next());
        }

        return outcomes;
    }

    /// <summary>What the outcomes say, in short: <c>200</c>, <c>reset</c>, <c>queue-expired</c>.</summary>
    public async Task<string> Say(int count = 1) => string.Join(' ', (await Next(count)).Select(Short));

    public static string Short(ShadowOutcome outcome) => outcome.Result switch
    {
        ShadowResult.Answered => outcome.Status + (outcome.IsAnswerCut ? "-cut" : ""),
        ShadowResult.Failed => FailureReasons.NameOf(outcome.Failure),
        _ => DropReasons.NameOf(outcome.Drop),
    };

    public Task<ShadowAccount> Drain(double seconds = 10)
    {
        var drained = Inbox.DrainAsync(TimeSpan.FromSeconds(seconds));
        _network?.RunUntilIdle();
        if (!drained.IsCompleted)
        {
            _network?.Advance(TimeSpan.FromSeconds(seconds));
        }

        return drained.WaitAsync(Patience);
    }

    /// <summary>Lets the loop come round, so that everything posted before has happened.</summary>
    public async Task Turn()
    {
        var turned = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Assert.True(Loop.Post(state => ((TaskCompletionSource)state!).SetResult(), turned));
        _network?.RunUntilIdle();
        await turned.Task.WaitAsync(Patience);
    }

    public async ValueTask DisposeAsync()
    {
        var account = await Drain();
        Loop.Dispose();
        Assert.Empty(_faults);
        Assert.Equal(0, account.Unexplained);
        Assert.Equal((0, 0), (account.Queued, account.InFlight));
        Assert.Equal(account.Offered - _refused, _told);
        Assert.Equal((0, 0), (Pool.RentedBlocks, Pool.RentedBytes));
        Assert.Equal((0, 0), (Answers.RentedBlocks, Answers.RentedBytes));
    }

    private RequestContext NextContext(long session = 0) =>
        new(Interlocked.Increment(ref _nextId), session, default, Loop.Clock.GetNanoseconds());

    /// <summary>Waits for what must come, but not for ever.</summary>
    public static Task Soon(Task task) => task.WaitAsync(Patience);

    /// <inheritdoc cref="Soon(Task)"/>
    public static Task<T> Soon<T>(Task<T> task) => task.WaitAsync(Patience);

    public static byte[] Octets(int count)
    {
        var octets = new byte[count];
        new Random(count).NextBytes(octets);
        return octets;
    }

    /// <summary>The content in chunks of random sizes, with trailers.</summary>
    public static byte[] Chunked(byte[] content)
    {
        var random = new Random(content.Length);
        using var coded = new MemoryStream();
        for (var at = 0; at < content.Length;)
        {
            var length = Math.Min(random.Next(1, 100_000), content.Length - at);
            coded.Write(Encoding.Latin1.GetBytes($"{length:x};ext=1\r\n"));
            coded.Write(content.AsSpan(at, length));
            coded.Write("\r\n"u8);
            at += length;
        }

        coded.Write("0\r\nX-Trailer: yes\r\n\r\n"u8);
        return coded.ToArray();
    }

    private void AddFault(Exception fault)
    {
        lock (_faults)
        {
            _faults.Add(fault);
        }
    }
}

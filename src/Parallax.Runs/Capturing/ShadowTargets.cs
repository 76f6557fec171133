using Parallax.Proxy.Routing;
using Parallax.Reactor.Connections;
using Parallax.Shadows.Delivery;
using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Policy;
using Parallax.Traffic.Rewriting;

namespace Parallax.Runs.Capturing;

/// <summary>The mirrors of a capture, and the event loop that their targets live on.</summary>
/// <remarks>Ownership: stops its loop when disposed of; drain first. Thread safety: made by one thread.</remarks>
internal sealed class ShadowTargets : IDisposable
{
    private readonly MirroringOptions _options;
    private readonly Dictionary<RouteMirror, Mirror> _routed = new(ReferenceEqualityComparer.Instance);
    private readonly List<Mirror> _unrouted = [];
    private readonly IEventLoop? _loop;
    private readonly SessionTable? _sessions;
    private int _draws;

    /// <summary>Makes the targets and starts their loop; without mirrors there is none.</summary>
    /// <param name="options">The mirrors.</param>
    /// <param name="newLoop">Makes the loop, given its name.</param>
    public ShadowTargets(MirroringOptions options, Func<string, IEventLoop> newLoop)
    {
        _options = options;
        if (options.Mirrors.Count == 0)
        {
            return;
        }

        _sessions = options.Sticky.Key == StickyKey.None ? null : new();
        _loop = newLoop("shadow");
        _loop.Start();
        try
        {
            foreach (var each in options.Mirrors)
            {
                Add(each, _loop);
            }
        }
        catch
        {
            _loop.Dispose();
            throw;
        }
    }

    /// <summary>All mirrors.</summary>
    public List<Mirror> Mirrors { get; } = [];

    /// <summary>How late their loop was; null without mirrors.</summary>
    public LoopLag? Lag => _loop?.Counters.Lag;

    /// <summary>Knows shadows.</summary>
    public ShadowMark Mark => _options.Mark;

    /// <summary>Draws for the requests of one capturing thread.</summary>
    public SampleDraw NewDraw() => new(_options.Sticky, _options.Seed?.NewRandom(_draws++) ?? new Random(), _options.Seed);

    /// <summary>What one capturing thread offers its requests to.</summary>
    public MirrorSet NewSet() => new(_unrouted);

    /// <summary>The same for the mirrors of documents; null when there are none.</summary>
    public OutOfBandMirrors? NewRoutedSet(OctetPool pool) =>
        _options.Routes is null ? null : new(_options.Routes, _routed, pool);

    /// <summary>Lets what was offered be answered; drops the rest after the deadline.</summary>
    public async Task DrainAsync(TimeSpan deadline) => await Task.WhenAll(Mirrors.Select(mirror => mirror.Target.DrainAsync(deadline)));

    public void Dispose() => _loop?.Dispose();

    private void Add(MirrorOptions options, IEventLoop loop)
    {
        var counters = new MirrorCounters(_sessions, $"{Mirrors.Count} {options.Target.Name}");
        var mirror = new Mirror(options.Policy, new ShadowTarget(loop, options.Target).Inbox, counters);
        Mirrors.Add(mirror);
        if (options.Route is { } route)
        {
            _routed.Add(route, mirror);
        }
        else
        {
            _unrouted.Add(mirror);
        }
    }
}

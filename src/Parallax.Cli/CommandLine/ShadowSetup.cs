using Parallax.Proxy.Routing;
using Parallax.Reactor.Connections;
using Parallax.Shadows.Delivery;
using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Policy;
using Parallax.Traffic.Rewriting;

namespace Parallax.Cli.CommandLine;

/// <summary>The mirrors of a run, those of the command line and those of documents, and the event loop their targets live
/// on.</summary>
/// <remarks>Ownership: stops its loop when disposed of; drain first. Thread safety: built by one thread.</remarks>
/// <param name="sticky">What decides together which requests are sampled.</param>
/// <param name="mark">Knows shadows.</param>
/// <param name="newLoop">Makes the loop, given its name.</param>
internal sealed class ShadowSetup(StickyBy sticky, ShadowMark mark, Func<string, IEventLoop> newLoop) : IDisposable
{
    private readonly List<Mirror> _mirrors = [];
    private IReadOnlyDictionary<RouteMirror, Mirror> _routed = new Dictionary<RouteMirror, Mirror>();
    private RoutingTable? _table;
    private IEventLoop? _loop;

    /// <summary>All mirrors.</summary>
    public IReadOnlyList<Mirror> Mirrors => _mirrors;

    public void Add(Mirror mirror) => _mirrors.Add(mirror);

    /// <summary>Adds the mirrors of documents; at most once.</summary>
    public void Add(RoutingTable table, IReadOnlyDictionary<RouteMirror, Mirror> mirrors)
    {
        _table = table;
        _routed = mirrors;
        _mirrors.AddRange(mirrors.Values);
    }

    /// <summary>The loop; started when it is first asked for.</summary>
    public IEventLoop Loop => _loop ??= Started();

    /// <summary>Knows shadows.</summary>
    public ShadowMark Mark => mark;

    /// <summary>Draws for the requests of one capturing thread.</summary>
    public SampleDraw NewDraw() => new(sticky, new Random());

    /// <summary>What one capturing thread offers its requests to.</summary>
    public MirrorSet NewSet() => new(_mirrors.Except(_routed.Values));

    /// <summary>The same for the mirrors of documents; null when there are none.</summary>
    public OutOfBandMirrors? NewRoutedSet(OctetPool pool) => _table is null ? null : new(_table, _routed, pool);

    /// <summary>Lets what was offered be answered; drops the rest after the deadline.</summary>
    public async Task DrainAsync(TimeSpan deadline) => await Task.WhenAll(_mirrors.Select(mirror => mirror.Target.DrainAsync(deadline)));

    public void Dispose() => _loop?.Dispose();

    private IEventLoop Started()
    {
        var loop = newLoop("shadow");
        loop.Start();
        return loop;
    }
}

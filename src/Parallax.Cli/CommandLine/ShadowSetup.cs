using Parallax.Reactor.Connections;
using Parallax.Reactor.Loops;
using Parallax.Traffic.Matching;
using Parallax.Traffic.Shadowing;

namespace Parallax.Cli.CommandLine;

/// <summary>The mirrors of a run and the event loops their targets live on: one for plain text, one for TLS where needed.</summary>
/// <remarks>Ownership: stops its loops when disposed of; drain first. Thread safety: built by one thread.</remarks>
internal sealed class ShadowSetup(StickyBy sticky) : IDisposable
{
    private readonly List<Mirror> _mirrors = [];
    private IEventLoop? _plain;
    private IEventLoop? _tls;

    public IReadOnlyList<Mirror> Mirrors => _mirrors;

    public void Add(Mirror mirror) => _mirrors.Add(mirror);

    public IEventLoop LoopFor(ShadowUrl url) => url.IsTls
        ? _tls ??= Started("shadow-tls", tls: true)
        : _plain ??= Started("shadow", tls: false);

    /// <summary>What one capturing thread offers its requests to.</summary>
    public MirrorSet NewSet() => new(_mirrors, sticky, new Random());

    /// <summary>Lets what was offered be answered; drops the rest after the deadline.</summary>
    public async Task DrainAsync(TimeSpan deadline) => await Task.WhenAll(_mirrors.Select(mirror => mirror.Target.DrainAsync(deadline)));

    public void Dispose()
    {
        _plain?.Dispose();
        _tls?.Dispose();
    }

    private static IEventLoop Started(string name, bool tls)
    {
        var loop = EventLoop.Create(name, tls);
        loop.Start();
        return loop;
    }
}

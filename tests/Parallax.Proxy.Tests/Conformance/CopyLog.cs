using System.Threading.Channels;
using Parallax.Proxy.Accounts;
using Parallax.Proxy.Bounds;

namespace Parallax.Proxy.Tests.Conformance;

/// <summary>What became of the copies, in the order they ended.</summary>
internal sealed class CopyLog
{
    private readonly Channel<CopyEntry> _entries = Channel.CreateUnbounded<CopyEntry>();

    /// <summary>Options of a proxy that writes here.</summary>
    public ProxyOptions In(ProxyOptions options) => options with { CopyObserver = (in entry) => _entries.Writer.TryWrite(entry) };

    /// <summary>The next copy that is over.</summary>
    public async Task<CopyEntry> NextAsync() => await _entries.Reader.ReadAsync(TestContext.Current.CancellationToken);
}

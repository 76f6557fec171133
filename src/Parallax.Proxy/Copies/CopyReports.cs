using System.Text;
using Parallax.Proxy.Accounts;
using Parallax.Shadows.Clients;
using Parallax.Shadows.Delivery;
using Parallax.Traffic.Queues;

namespace Parallax.Proxy.Copies;

/// <summary>Reports what becomes of copies, with the id of the request each was made from. It costs memory for each copy under
/// way, so it exists only where somebody wants to know.</summary>
/// <remarks>Thread safety: belongs to the loop's thread.</remarks>
internal sealed class CopyReports(CopyObserver observer)
{
    private readonly Dictionary<long, Expected> _expected = [];

    /// <summary>A copy is going to be offered.</summary>
    public void OnBegun(long exchange, ReadOnlySpan<byte> requestId)
    {
        var known = _expected.GetValueOrDefault(exchange);
        _expected[exchange] = new Expected(known.RequestId ?? Encoding.Latin1.GetString(requestId), known.Copies + 1);
    }

    /// <summary>It was offered, and refused.</summary>
    public void OnRefused(long exchange, ShadowTarget target, DropReason reason) =>
        Report(exchange, target.Name, target.Url, default, reason);

    /// <summary>It was accepted, and this became of it.</summary>
    public void OnOutcome(ShadowTargetConfig target, in ShadowOutcome outcome) =>
        Report(outcome.Context.ExchangeId, target.Name, target.Url, outcome, DropReason.None);

    private void Report(long exchange, string cluster, ServerUrl url, in ShadowOutcome outcome, DropReason refused)
    {
        if (!_expected.Remove(exchange, out var known))
        {
            return;
        }

        if (known.Copies > 1)
        {
            _expected[exchange] = known with { Copies = known.Copies - 1 };
        }

        observer(new CopyEntry(known.RequestId!, cluster, url.Authority, outcome, refused));
    }

    private readonly record struct Expected(string? RequestId, int Copies);
}

using System.Diagnostics.CodeAnalysis;
using Parallax.Traffic.Exchanges;

namespace Parallax.Cli.Output;

/// <summary>Requests of a live capture whose exchanges are not over: after a second they are printed without a response, so that nobody
/// waits for what may never come, such as the responses of a mirror that copies one direction only.</summary>
/// <remarks>Ownership: holds the exchanges it is given until they are taken. Thread safety: none.</remarks>
internal sealed class WaitingPrints(TimeProvider clock)
{
    private const int MaxWaiting = 10_000;
    private const int MaxPrinted = 100_000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    // In the order in which they came; those that are over are passed over.
    private readonly Queue<(long Id, long Since)> _line = new();
    private readonly Dictionary<long, Exchange> _open = [];
    private readonly HashSet<long> _printed = [];

    /// <summary>When one may be due; null when none waits.</summary>
    public TimeSpan? NextIn => !_line.TryPeek(out var first) ? null
        : Patience - clock.GetElapsedTime(first.Since) is { Ticks: > 0 } left ? left + TimeSpan.FromMilliseconds(1)
        : TimeSpan.Zero;

    /// <summary>Takes a request in.</summary>
    public void Add(Exchange exchange)
    {
        _open.Add(exchange.Id, exchange);
        _line.Enqueue((exchange.Id, clock.GetTimestamp()));
    }

    /// <summary>Takes a request that has waited long enough, or has to make room.</summary>
    /// <param name="exchange">The caller's, to be disposed of.</param>
    public bool TryTakeDue([NotNullWhen(true)] out Exchange? exchange)
    {
        while (_line.TryPeek(out var first))
        {
            if (_open.Count <= MaxWaiting && _open.ContainsKey(first.Id) && clock.GetElapsedTime(first.Since) < Patience)
            {
                break;
            }

            _line.Dequeue();
            if (_open.Remove(first.Id, out exchange))
            {
                return true;
            }
        }

        exchange = null;
        return false;
    }

    /// <summary>A request that was taken was printed.</summary>
    public void OnPrinted(long id)
    {
        // Of an exchange that was dropped nobody says that it is over. One that is forgotten here is printed once more.
        if (_printed.Count >= MaxPrinted)
        {
            _printed.Clear();
        }

        _printed.Add(id);
    }

    /// <summary>The exchange of a request is over.</summary>
    /// <returns>True when the request was printed before.</returns>
    public bool WasPrinted(long id)
    {
        if (_open.Remove(id, out var waiting))
        {
            waiting.Dispose();
        }

        return _printed.Remove(id);
    }

    /// <summary>Gives up what waits.</summary>
    public void Clear()
    {
        foreach (var exchange in _open.Values)
        {
            exchange.Dispose();
        }

        _open.Clear();
        _line.Clear();
    }
}

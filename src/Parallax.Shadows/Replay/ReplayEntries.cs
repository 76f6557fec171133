using Parallax.Recording.Entries;
using Parallax.Traffic.Exchanges;
using Parallax.Wire;

namespace Parallax.Shadows.Replay;

/// <summary>One pass over the recordings of a replay: their selected entries, merged by the time of the request.</summary>
/// <remarks>Memory: a window of entries, shared among the recordings. Thread safety: none.</remarks>
public sealed class ReplayEntries : IDisposable
{
    private const int WindowEntries = 16_384;
    private const int LeastWindowEntries = 256;
    private const long WindowBytes = 48 << 20;

    private readonly List<EntryWindow> _windows;
    private readonly ReplaySelection _selection;
    private readonly bool _wantsResponses;
    private readonly int _pass;
    private Timestamp _begin;
    private long _lone;

    /// <summary>Begins the pass.</summary>
    /// <param name="readers">The recordings; disposed of with the pass.</param>
    /// <param name="selection">What is replayed.</param>
    /// <param name="pool">The memory of messages.</param>
    /// <param name="wantsResponses">True when the recorded responses are needed.</param>
    /// <param name="pass">The pass's number: sessions are others in each.</param>
    public ReplayEntries(
        IReadOnlyList<IRecordingReader> readers, ReplaySelection selection, OctetPool pool, bool wantsResponses, int pass)
    {
        _windows = [.. readers.Select(reader => new EntryWindow(reader, selection, pool, wantsResponses || selection.NeedsResponses, pass)
        {
            MaxEntries = Math.Max(LeastWindowEntries, WindowEntries / readers.Count),
            MaxBytes = Math.Min(WindowBytes, pool.LimitBytes / 8) / readers.Count,
        })];
        _selection = selection;
        _wantsResponses = wantsResponses;
        _pass = pass;
    }

    /// <summary>When the recordings begin; by default with the first entry that is read.</summary>
    public Timestamp Begin
    {
        get => _begin;
        init => _begin = value;
    }

    /// <summary>Reads the next entry that is to be sent.</summary>
    /// <param name="entry">The caller's.</param>
    /// <returns>False at the end of all recordings.</returns>
    /// <exception cref="RecordingException">A file turns out to be no recording of its format.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public bool TryRead(out ReplayEntry entry)
    {
        while (First() is { } window)
        {
            entry = window.Take();
            _begin = _begin.IsKnown ? _begin : entry.RecordedAt;
            if (_selection.Selects(entry.Request, entry.Response, entry.Session, entry.RecordedAt, _begin))
            {
                if (!_wantsResponses && entry.Response is { } response)
                {
                    response.Dispose();
                    entry = entry with { Response = null };
                }

                // Of an entry whose connection is not known nothing says that it has to wait for another.
                entry = entry.Session != 0 ? entry : entry with { Session = Sessions.Mix(++_lone + ((long)_pass << 40)) & ~1L };
                return true;
            }

            entry.Dispose();
        }

        entry = default;
        return false;
    }

    /// <inheritdoc/>
    public void Dispose() => _windows.ForEach(window => window.Dispose());

    private EntryWindow? First()
    {
        EntryWindow? first = null;
        var at = default(Timestamp);
        foreach (var window in _windows)
        {
            if (window.Next is { } next && (first is null || next < at))
            {
                (first, at) = (window, next);
            }
        }

        return first;
    }
}

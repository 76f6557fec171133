using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Recording;
using Parallax.Wire;

namespace Parallax.Traffic.Replay;

/// <summary>Gives the entries of one recording in the order of their requests. Recordings are in the order in which exchanges were over, or
/// nearly in order, so a window of entries is put in order; what comes behind the window is late and no more.</summary>
/// <remarks>Ownership: holds the entries in the window. Thread safety: none.</remarks>
internal sealed class EntryWindow(IRecordingReader reader, ReplaySelection selection, OctetPool pool, bool wantsResponses, int pass)
    : IDisposable
{
    private readonly RecordedExchanges _exchanges = new(pool);
    private readonly PriorityQueue<ReplayEntry, (long At, long Place)> _entries = new();
    private long _bytes;
    private long _places;
    private bool _ended;

    /// <summary>Most entries in the window.</summary>
    public int MaxEntries { get; init; } = 16_384;

    /// <summary>Most bytes of messages in the window; the last entry may go beyond.</summary>
    public long MaxBytes { get; init; } = 48 << 20;

    /// <summary>When the next entry was recorded; null when there is none.</summary>
    /// <exception cref="RecordingException">The file turns out to be no recording of its format.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public Timestamp? Next
    {
        get
        {
            while (!_ended && _entries.Count < MaxEntries && _bytes < MaxBytes)
            {
                _ended = !TryReadOne();
            }

            return _entries.TryPeek(out var next, out _) ? next.At : null;
        }
    }

    /// <summary>Takes the next entry, which there must be; its ownership passes on.</summary>
    public ReplayEntry Take()
    {
        var entry = _entries.Dequeue();
        _bytes -= BytesOf(entry);
        return entry;
    }

    public void Dispose()
    {
        while (_entries.TryDequeue(out var entry, out _))
        {
            entry.Dispose();
        }

        reader.Dispose();
    }

    private static long BytesOf(in ReplayEntry entry) => entry.Request.RawOctets + (entry.Response?.RawOctets ?? 0);

    private bool TryReadOne()
    {
        if (!reader.TryRead(out var recorded))
        {
            return false;
        }

        if (!selection.Selects(recorded))
        {
            return true;
        }

        // Only what is wanted is copied.
        using var exchange = _exchanges.Make(new()
        {
            Facts = recorded.Facts,
            HasRequest = true,
            Request = recorded.Request,
            HasResponse = wantsResponses && recorded.HasResponse,
            Response = recorded.Response,
        });
        var facts = recorded.Facts;
        var entry = new ReplayEntry(
            exchange.Request!.Retain(), exchange.Response?.Retain(), 0, Sessions.NumberOf(facts, pass), facts.Client, facts.Begin);
        _entries.Enqueue(entry, (entry.At.Nanoseconds, _places++));
        _bytes += BytesOf(entry);
        return true;
    }
}

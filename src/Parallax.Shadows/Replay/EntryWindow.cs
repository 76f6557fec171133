using System.Buffers.Binary;
using Parallax.Recording.Entries;
using Parallax.Recording.Files;
using Parallax.Traffic.Exchanges;
using Parallax.Wire;
using Parallax.Wire.Packets;

namespace Parallax.Shadows.Replay;

/// <summary>Gives the entries of one recording in the order of their requests. Recordings are in the order in which exchanges were over, or
/// nearly in order, so a window of entries is put in order; what comes after the window is late and no more.</summary>
/// <remarks>Ownership: holds the entries in the window. Thread safety: none.</remarks>
internal sealed class EntryWindow(IRecordingReader reader, ReplaySelection selection, OctetPool pool, bool wantsResponses, int pass)
    : IDisposable
{
    // How many entries further a doubtful time is looked at against.
    private const int Ahead = 32;

    private static int s_clients;

    private readonly RecordedExchanges _exchanges = new(pool);
    private readonly RecordedOrder _order = new();
    private readonly Queue<(ReplayEntry Entry, bool IsConfirmed, bool IsInOrder)> _arrived = new();
    private readonly Endpoint _oneClient = reader.IsOfOneClient ? NewClient() : default;
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
            while (!_ended && (_entries.Count == 0 || (_entries.Count < MaxEntries && _bytes < MaxBytes)))
            {
                _ended = !TryReadOne();
                PlaceArrived(_ended || _bytes >= MaxBytes ? 0 : Ahead);
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

        while (_arrived.TryDequeue(out var arrived))
        {
            arrived.Entry.Dispose();
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
        var at = RecordedOrder.RecordedAt(facts, out var isConfirmed);
        var entry = new ReplayEntry(
            exchange.Request!.Retain(), exchange.Response?.Retain(), 0, Sessions.NumberOf(facts, pass), facts.Client, at)
        {
            RecordedAt = at,
            StateOwner = facts.Client == default ? _oneClient : facts.Client,
        };
        _arrived.Enqueue((entry, isConfirmed, facts.SequenceInSession >= 0 || reader.IsInOrder));
        _bytes += BytesOf(entry);
        return true;
    }

    /// <summary>Puts what has arrived in its place, but for the last ones, which may yet tell something about a time.</summary>
    private void PlaceArrived(int kept)
    {
        while (_arrived.Count > kept)
        {
            var (entry, isConfirmed, isInOrder) = _arrived.Dequeue();
            var session = isInOrder ? entry.Session : 0;
            entry = entry with { At = _order.Place(entry.RecordedAt, isConfirmed, Following(session), session) };
            _entries.Enqueue(entry, (entry.At.Nanoseconds, _places++));
        }
    }

    private FollowingTimes Following(long session)
    {
        var (next, latest, nextInSession) = (default(Timestamp), default(Timestamp), default(Timestamp));
        foreach (var (entry, _, _) in _arrived)
        {
            next = next.IsKnown ? next : entry.RecordedAt;
            latest = entry.RecordedAt > latest ? entry.RecordedAt : latest;
            nextInSession = nextInSession.IsKnown || session == 0 || entry.Session != session ? nextInSession : entry.RecordedAt;
        }

        return new(next, latest, nextInSession);
    }

    // An address that no packet has (RFC 6666), so that it is not a recorded client's.
    private static Endpoint NewClient()
    {
        Span<byte> address = stackalloc byte[16];
        address[0] = 1;
        BinaryPrimitives.WriteInt32BigEndian(address[12..], Interlocked.Increment(ref s_clients));
        return new(NetworkAddress.FromIPv6(address), 0);
    }
}

using System.Security.Cryptography;
using Parallax.Traffic.Exchanges;
using Parallax.Wire;
using Parallax.Wire.Flows;
using Parallax.Wire.Http1;

namespace Parallax.Capture.Pipeline;

/// <summary>Reads one message after the other from one half and stores them: the reader, the message at hand and its digest.</summary>
/// <remarks>Thread safety: none. Pooled by <see cref="ExtractorPool"/>; a half holds one only while a message is in progress.</remarks>
internal sealed class MessageExtractor(
    MessageKind kind, OctetPool pool, ExtractionOptions options, bool keepsMessages, ExtractionCounters counters)
{
    private const int SmallBodyBytes = 2048;

    private readonly IncrementalHash? _digest = options.DigestContent && keepsMessages ? CreateDigest() : null;
    private readonly byte[] _digestOctets = new byte[20];
    private MessageBuilder _builder;
    private Timestamp _time;
    private long _countedBytes; // what of the held bytes is in the shard's count already

    public MessageKind Kind => kind;

    public MessageReader Reader { get; } = new(kind, options.Policy);

    /// <summary>Where the message at hand, or the head that is being read, begins.</summary>
    public SegmentOrigin Start { get; private set; }

    private bool KeepsBody => kind == MessageKind.Request ? options.KeepRequestBodies : options.KeepResponseBodies;

    /// <summary>Remembers where the octets that are read next come from.</summary>
    public void Follow(ReadOnlySpan<byte> octets, in SegmentOrigin origin)
    {
        if (octets.IsEmpty)
        {
            return;
        }

        _time = origin.Timestamp;
        if (Reader.AtMessageStart || Reader.IsLost)
        {
            Start = origin;
        }
    }

    /// <summary>A head was read: begins to store its message, unless messages are only read here.</summary>
    public void Begin(ReadOnlySpan<byte> head)
    {
        if (!keepsMessages)
        {
            return;
        }

        // Only a small body shares the head's block: one that is announced and never sent must cost nothing.
        var expected = KeepsBody && Reader.Head.ContentLength is > 0 and <= SmallBodyBytes ? Reader.Head.ContentLength : 0;
        _builder.Begin(pool, kind);
        _builder.CopyHead(head, Reader.Head, expected);
        _builder.FirstOctetAt = Start.Timestamp;
        _builder.LastOctetAt = _time;
    }

    public void AddBody(in ReadEvent body)
    {
        if (!_builder.IsBuilding)
        {
            return;
        }

        _builder.LastOctetAt = _time;
        _digest?.AppendData(body.ContentOctets);
        if (KeepsBody)
        {
            _builder.AppendBody(body.RawOctets, options.MaxBodyBytes);
        }
    }

    /// <summary>The message is over; hands it out. Null when messages are only read here.</summary>
    public Message? End()
    {
        if (!_builder.IsBuilding)
        {
            return null;
        }

        var state = Reader.IsBroken ? MessageState.Broken : Reader.IsIncomplete ? MessageState.Incomplete : MessageState.Complete;
        var hasDigest = _digest is not null && _digest.GetHashAndReset(_digestOctets) > 0 && state != MessageState.Incomplete;
        _builder.BodyOctets = Reader.BodyOctets;
        return _builder.Seal(state, hasDigest ? _digestOctets : default);
    }

    /// <summary>Brings the shard's count of held bytes up to what the message at hand, and a head that has not come whole, hold now.
    /// </summary>
    public void CountHeld() => Count(Reader.HeldBytes + _builder.HeldBytes);

    /// <summary>Forgets everything, so that another half can use the extractor.</summary>
    public void Reset()
    {
        Reader.Reset();
        _builder.Abandon();
        Start = default;
        Count(0);
    }

    private void Count(long held)
    {
        counters.HeldBytes += held - _countedBytes;
        _countedBytes = held;
    }

#pragma warning disable CA5350 // SHA-1 is a fingerprint here, as in the tables of expected exchanges; it defends against nobody
    private static IncrementalHash CreateDigest() => IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
#pragma warning restore CA5350
}

using System.Buffers;
using Parallax.Wire;
using Parallax.Wire.Http1;

namespace Parallax.Traffic.Exchanges;

/// <summary>One HTTP/1 message, octet for octet as it was on the wire: head, then body with its chunk framing and trailers.
/// <see cref="Content"/> and <see cref="Trailers"/> are the body without its framing.</summary>
/// <remarks>
/// <para>Made by a <see cref="MessageBuilder"/>, and sealed: it does not change.</para>
/// <para>Ownership: counted. <see cref="MessageBuilder.Seal"/> gives the first reference, <see cref="Retain"/> further ones; each is given
/// up by one <see cref="Dispose"/>. With the last one the blocks go back to their pool and the object is used again, so nothing of it may
/// be touched after that, spans and heads obtained from it included.</para>
/// <para>A prepared request (<see cref="MessageBuilder.BeginPrepared"/>) is one whose head was not read but written, final for its
/// target: its sender needs to know where its head ends and its method, and nothing else of it.</para>
/// <para>Thread safety: any thread may read, retain and dispose of it.</para>
/// </remarks>
public sealed class Message : IDisposable
{
    /// <summary>The size of every block but the first, in bytes.</summary>
    public const int BlockBytes = OctetChain.BlockBytes;

    private const int DigestBytes = 20;

    private static readonly ObjectPool<Message> Used = new();

    private readonly OctetChain _chain = new();
    private readonly byte[] _digest = new byte[DigestBytes];
    private bool _hasDigest;
    private int _references;
    private KnownMethod _preparedMethod;
    private int _preparedHeadBytes;

    private Message()
    {
    }

    /// <summary>Request or response.</summary>
    public MessageKind Kind { get; private set; }

    /// <summary>What the head says, as places in <see cref="HeadOctets"/>. Empty when the head never came whole, and in a prepared
    /// request.</summary>
    public MessageHead Head { get; } = new();

    /// <summary>The method of a request, read or prepared.</summary>
    public KnownMethod Method => IsPrepared ? _preparedMethod : Head.KnownMethod;

    /// <summary>True when the head was written and not read: <see cref="Head"/> says nothing then.</summary>
    public bool IsPrepared => _preparedHeadBytes > 0;

    /// <summary>The head's octets, start line to blank line; contiguous. Empty when there is none.</summary>
    public ReadOnlySpan<byte> HeadOctets
    {
        get
        {
            var first = _chain.First;
            return first[..(IsPrepared ? _preparedHeadBytes : Math.Min(Head.Length, first.Length))];
        }
    }

    /// <summary>The octets after the head in the first block: the body, or its beginning.</summary>
    public ReadOnlySpan<byte> FirstBodyOctets => _chain.First[HeadOctets.Length..];

    /// <summary>The number of blocks; <see cref="Block"/> gives each.</summary>
    public int BlockCount => _chain.Count;

    /// <summary>Everything, in the blocks it lies in.</summary>
    public BlockSequence Blocks => _chain.Blocks;

    /// <summary>The content. Of a prepared request its head is read for it, which allocates.</summary>
    public MessageContent Content
    {
        get
        {
            var head = HeadOctets.Length;
            return new(_chain.Blocks.Slice(head, RawOctets - head), IsPrepared ? IsPreparedChunked() : Head.IsChunked);
        }
    }

    /// <summary>The trailer fields, each with its line end, and the empty line after them, in the blocks they lie in: nearly always one.
    /// Empty when there is no such field, or their end is not stored.</summary>
    public BlockSequence Trailers => Content.FindTrailers();

    /// <summary>What the message holds of its pool, in bytes: whole blocks.</summary>
    public long HeldBytes => _chain.HeldBytes;

    /// <summary>Octets stored: head, body, framing and trailers.</summary>
    public long RawOctets => _chain.Length;

    /// <summary>Octets of content: the body without chunk framing, content coding kept. What was cut off is counted, what was lost is
    /// not.</summary>
    public long BodyOctets { get; internal set; }

    /// <summary>SHA-1 over the content, twenty octets; empty when the builder was not asked for it or the content is not whole.</summary>
    public ReadOnlySpan<byte> ContentDigest => _hasDigest ? _digest : [];

    /// <summary>What is known of it, and what is stored.</summary>
    public MessageState State { get; private set; }

    /// <summary>True when the message was seen to its end and is stored whole.</summary>
    public bool IsComplete => State == MessageState.Complete;

    /// <summary>True when its end was not seen as it should be: octets were lost, or the sender broke it.</summary>
    public bool IsIncomplete => State >= MessageState.Incomplete;

    /// <summary>True when nothing was lost, but the sender itself broke the message: it is incomplete as well.</summary>
    public bool IsBroken => State >= MessageState.Broken;

    /// <summary>True when the body went beyond the limit: its end is not stored.</summary>
    public bool IsTruncated => State is MessageState.Truncated or MessageState.IncompleteAndTruncated or MessageState.BrokenAndTruncated;

    /// <summary>When the packet with the first octet was seen; not known of what no packet brought.</summary>
    public Timestamp FirstOctetAt { get; internal set; }

    /// <summary>When the packet with the last octet was seen; not known of what no packet brought.</summary>
    public Timestamp LastOctetAt { get; internal set; }

    /// <summary>Who lends the blocks.</summary>
    internal OctetPool Pool => _chain.Pool;

    /// <summary>The octets; filled by the builder only.</summary>
    internal OctetChain Chain => _chain;

    /// <summary>True when the building has ended.</summary>
    internal bool IsSealed { get; private set; }

    /// <summary>One block's octets; valid while a reference is held.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="index"/> is not below <see cref="BlockCount"/>.</exception>
    public ReadOnlyMemory<byte> Block(int index) => _chain[index];

    /// <summary>Adds a reference.</summary>
    /// <returns>This message.</returns>
    /// <exception cref="ObjectDisposedException">No reference is left: it is somebody else's already.</exception>
    public Message Retain()
    {
        ObjectDisposedException.ThrowIf(Interlocked.Increment(ref _references) <= 1, this);
        return this;
    }

    /// <summary>Gives one reference up.</summary>
    /// <exception cref="ObjectDisposedException">No reference is left.</exception>
    public void Dispose()
    {
        var left = Interlocked.Decrement(ref _references);
        ObjectDisposedException.ThrowIf(left < 0, this);
        if (left > 0)
        {
            return;
        }

        var isTracked = _chain.Pool.IsTracked;
        Clear();
        if (!isTracked)
        {
            Used.Keep(this);
        }
    }

    /// <summary>An empty message with one reference, to be filled.</summary>
    internal static Message Rent(OctetPool pool, MessageKind kind)
    {
        var message = (pool.IsTracked ? null : Used.Take()) ?? new Message();
        message._references = 1;
        message._chain.Begin(pool);
        message.Kind = kind;
        return message;
    }

    /// <summary>Begins the head of a prepared request, in a message that is empty.</summary>
    internal IBufferWriter<byte> BeginHead(KnownMethod method, long expected)
    {
        _preparedMethod = method;
        _chain.BeginWriting(expected);
        return _chain;
    }

    /// <summary>Ends the head that was written.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    internal void EndHead()
    {
        if (!_chain.IsWriting || RawOctets == 0)
        {
            throw new InvalidOperationException("There is no head to end.");
        }

        _preparedHeadBytes = (int)RawOctets;
        _chain.EndWriting();
    }

    /// <summary>Octets were left out.</summary>
    internal void Truncate() => State = State.AndTruncated();

    /// <summary>Ends the building.</summary>
    internal void Seal(MessageState state, ReadOnlySpan<byte> digest)
    {
        if (_chain.IsWriting)
        {
            throw new InvalidOperationException("The head is not ended.");
        }

        if (digest.Length is not (0 or DigestBytes))
        {
            throw new ArgumentException("A SHA-1 digest has twenty octets.", nameof(digest));
        }

        digest.CopyTo(_digest);
        _hasDigest = !digest.IsEmpty;
        State = IsTruncated ? state.AndTruncated() : state;
        IsSealed = true;
    }

    // Who prepared it wrote a head that can be read.
    private bool IsPreparedChunked()
    {
        var head = new MessageHead();
        return HeadReader.TryReadCut(HeadOctets, Kind, Http1Policy.Passive, head) && head.IsChunked;
    }

    private void Clear()
    {
        _chain.Clear();
        Head.Reset();
        _preparedMethod = default;
        _preparedHeadBytes = 0;
        _hasDigest = IsSealed = false;
        State = default;
        BodyOctets = 0;
        FirstOctetAt = LastOctetAt = default;
    }
}

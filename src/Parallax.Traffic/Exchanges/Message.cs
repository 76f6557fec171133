using System.Buffers;
using System.Diagnostics;
using System.Numerics;
using Parallax.Wire;
using Parallax.Wire.Http1;

namespace Parallax.Traffic.Exchanges;

/// <summary>One HTTP/1 message, octet for octet as it was on the wire: head, then body with its chunk framing and trailers, in a chain of
/// pooled blocks.</summary>
/// <remarks>
/// <para>Ownership: counted. <see cref="Rent"/> gives the first reference, <see cref="Retain"/> further ones; each is given up by one
/// <see cref="Dispose"/>. With the last one the blocks go back to their pool and the object is used again, so nothing of it may be
/// touched after that, spans and heads obtained from it included.</para>
/// <para>A prepared request (<see cref="RentPrepared"/>) is one whose head was not read but written, final for whom it is meant: who sends
/// it needs to know where its head ends and its method, and nothing else of it.</para>
/// <para>Thread safety: one thread builds it; from the moment it is handed on it does not change and any thread may read, retain and
/// dispose of it.</para>
/// </remarks>
public sealed class Message : IDisposable, IBufferWriter<byte>
{
    /// <summary>The size of every block but the first, in bytes.</summary>
    public const int BlockBytes = 64 * 1024;

    private const int DigestBytes = 20;

    // Most heads of prepared requests are shorter.
    private const int FirstBytes = 512;

    // Beyond this, a second block costs less than what a single one would waste.
    private const int MaxSingleBytes = 4 * 1024;

    private readonly OctetPool _pool;
    private readonly byte[] _digest = new byte[DigestBytes];
    private StoredBlock[] _blocks = new StoredBlock[1];
    private int _blockCount;
    private bool _hasDigest;
    private int _references;
    private KnownMethod _preparedMethod;
    private int _preparedHeadBytes;
    private long _expectedBytes;

    // Stays with the object from one use to the next, and counts as lent only while it is in use.
    private byte[] _spareBlock = [];

    internal Message(OctetPool pool) => _pool = pool;

    /// <summary>Who lends the blocks.</summary>
    internal OctetPool Pool => _pool;

    /// <summary>Request or response.</summary>
    public MessageKind Kind { get; private set; }

    /// <summary>What the head says, as places in <see cref="HeadOctets"/>. Filled by <see cref="AppendHead"/>; empty before
    /// that, when the head never came whole, and in a prepared request.</summary>
    public MessageHead Head { get; } = new();

    /// <summary>The method of a request, read or prepared.</summary>
    public KnownMethod Method => IsPrepared ? _preparedMethod : Head.KnownMethod;

    /// <summary>True when the head was written by <see cref="RentPrepared"/> and <see cref="EndHead"/>: <see cref="Head"/> says nothing
    /// then.</summary>
    public bool IsPrepared => _preparedHeadBytes > 0;

    /// <summary>The head's octets, start line to blank line; contiguous. Empty before anything was stored.</summary>
    public ReadOnlySpan<byte> HeadOctets => _blockCount == 0
        ? []
        : _blocks[0].Octets.AsSpan(0, IsPrepared ? _preparedHeadBytes : Math.Min(Head.Length, _blocks[0].Length));

    /// <summary>The octets after the head in the first block: the body, or its beginning.</summary>
    public ReadOnlySpan<byte> FirstBodyOctets =>
        _blockCount == 0 ? [] : _blocks[0].Octets.AsSpan(0, _blocks[0].Length)[HeadOctets.Length..];

    /// <summary>The number of blocks; <see cref="Block"/> gives each.</summary>
    public int BlockCount => _blockCount;

    /// <summary>The blocks in order, for enumeration without allocation.</summary>
    public BlockSequence Blocks => new(this);

    /// <summary>What the message holds of its pool, in bytes: whole blocks.</summary>
    public long HeldBytes { get; private set; }

    /// <summary>Octets stored: head, body, framing and trailers.</summary>
    public long RawOctets { get; private set; }

    /// <summary>Octets of content: the body without chunk framing, content coding kept. What was cut off is counted, what was lost is
    /// not.</summary>
    public long BodyOctets { get; set; }

    /// <summary>SHA-1 over the content, twenty octets; empty when the builder was not asked for it or the content is not whole.</summary>
    public ReadOnlySpan<byte> ContentDigest => _hasDigest ? _digest : [];

    /// <summary>True when the message was seen to its end and is stored whole.</summary>
    public bool IsComplete { get; set; }

    /// <summary>True when octets were never seen: a gap, a snap length, the end of the capture.</summary>
    public bool IsIncomplete { get; set; }

    /// <summary>True when nothing was lost, but the sender itself broke the message: its framing is wrong, or the connection was closed
    /// before its end. <see cref="BodyOctets"/> and <see cref="ContentDigest"/> tell what there was. Always
    /// <see cref="IsIncomplete"/> as well.</summary>
    public bool IsBroken { get; set; }

    /// <summary>True when the body went beyond the limit: its end is not stored.</summary>
    public bool IsTruncated { get; set; }

    /// <summary>When the packet with the first octet was seen.</summary>
    public Timestamp FirstOctetAt { get; set; }

    /// <summary>When the packet with the last octet was seen.</summary>
    public Timestamp LastOctetAt { get; set; }

    /// <summary>An empty message with one reference.</summary>
    /// <param name="pool">Lends the blocks.</param>
    /// <param name="kind">Request or response.</param>
    public static Message Rent(OctetPool pool, MessageKind kind)
    {
        ArgumentNullException.ThrowIfNull(pool);
        var message = pool.TakeMessage();
        message._references = 1;
        message.Kind = kind;
        return message;
    }

    /// <summary>An empty request with one reference, whose head is written into it next; it is an <see cref="IBufferWriter{T}"/> for that
    /// until <see cref="EndHead"/>. Then the body is appended, and <see cref="IsComplete"/> set.</summary>
    /// <param name="pool">Lends the blocks, even over its limit.</param>
    /// <param name="method">The method that is written.</param>
    /// <param name="expected">How long head and body will be, about: a small body shares the head's block, and no block is much larger
    /// than what goes into it.</param>
    public static Message RentPrepared(OctetPool pool, KnownMethod method, long expected)
    {
        var message = Rent(pool, MessageKind.Request);
        message._preparedMethod = method;
        message._expectedBytes = expected;
        message.AddBlock(pool.Rent(Math.Max(FirstBytes, FittingBytes(expected)), ref message._spareBlock));
        return message;
    }

    /// <summary>Builder only: everything written so far is the head of a prepared request.</summary>
    /// <exception cref="InvalidOperationException">Nothing was written, or it was no prepared request.</exception>
    public void EndHead()
    {
        if (_blockCount != 1 || RawOctets == 0 || IsPrepared)
        {
            throw new InvalidOperationException("There is no head to end.");
        }

        _preparedHeadBytes = (int)RawOctets;
    }

    /// <summary>One block's octets; valid while a reference is held.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="index"/> is not below <see cref="BlockCount"/>.</exception>
    public ReadOnlyMemory<byte> Block(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)_blockCount, nameof(index));
        return _blocks[index].Octets.AsMemory(0, _blocks[index].Length);
    }

    /// <summary>Builder only: stores the head, as the first octets of the message, and reads it into <see cref="Head"/>.</summary>
    /// <param name="octets">Start line to blank line, or as far as the head was seen. Copied.</param>
    /// <param name="policy">The policy it was found with.</param>
    /// <param name="expected">How many octets of body are expected; 0 when not known.</param>
    /// <returns>False when these octets are no head; they are stored all the same.</returns>
    /// <exception cref="InvalidOperationException">Octets are stored already.</exception>
    public bool AppendHead(ReadOnlySpan<byte> octets, Http1Policy policy, long expected = 0)
    {
        if (_blockCount > 0)
        {
            throw new InvalidOperationException("A head can only be the first part of a message.");
        }

        Append(octets, expected);
        return HeadReader.TryReadCut(octets, Kind, policy, Head);
    }

    /// <summary>Builder only: stores the head that a reader has read already.</summary>
    /// <param name="octets">The head's octets and nothing else; copied.</param>
    /// <param name="head">What they say, counted from the first of them; copied.</param>
    /// <param name="expected">As for <see cref="AppendHead"/>.</param>
    /// <exception cref="InvalidOperationException">Something was stored before.</exception>
    public void CopyHead(ReadOnlySpan<byte> octets, MessageHead head, long expected)
    {
        if (_blockCount > 0)
        {
            throw new InvalidOperationException("A head can only be the first part of a message.");
        }

        Append(octets, expected);
        Head.CopyFrom(head);
    }

    /// <summary>Builder only: stores octets after those stored already.</summary>
    /// <param name="octets">Copied.</param>
    /// <param name="expected">How many more are expected; lets a small body share the first block. 0 when not known.</param>
    public void Append(ReadOnlySpan<byte> octets, long expected = 0)
    {
        while (!octets.IsEmpty)
        {
            if (_blockCount == 0 || _blocks[_blockCount - 1].Free == 0)
            {
                AddBlock(_pool.Rent(NextBlockBytes(octets.Length, expected), ref _spareBlock));
            }

            octets = octets[Fill(octets)..];
        }
    }

    /// <summary>Builder only: as <see cref="Append"/>, unless the pool's limit forbids another block.</summary>
    /// <returns>False when refused; nothing, or only a first part, was stored then: the message is to be marked truncated.</returns>
    public bool TryAppend(ReadOnlySpan<byte> octets, long expected = 0)
    {
        while (!octets.IsEmpty)
        {
            if (_blockCount == 0 || _blocks[_blockCount - 1].Free == 0)
            {
                if (!_pool.TryRent(NextBlockBytes(octets.Length, expected), out var block))
                {
                    return false;
                }

                AddBlock(block);
            }

            octets = octets[Fill(octets)..];
        }

        return true;
    }

    /// <summary>Builder only: stores the SHA-1 of the content.</summary>
    /// <exception cref="ArgumentException">Not twenty octets.</exception>
    public void SetContentDigest(ReadOnlySpan<byte> digest)
    {
        if (digest.Length != DigestBytes)
        {
            throw new ArgumentException("A SHA-1 digest has twenty octets.", nameof(digest));
        }

        digest.CopyTo(_digest);
        _hasDigest = true;
    }

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

        for (var block = 0; block < _blockCount; block++)
        {
            _pool.Return(_blocks[block].Octets, ref _spareBlock);
            _blocks[block] = default;
        }

        Clear();
        _pool.KeepMessage(this);
    }

    // A head is contiguous, so what is written of it moves into a larger block when its block is full.
    Memory<byte> IBufferWriter<byte>.GetMemory(int sizeHint)
    {
        Debug.Assert(_blockCount == 1 && !IsPrepared);
        var first = _blocks[0];
        if (first.Free < Math.Max(1, sizeHint))
        {
            var larger = _pool.Rent(first.Length + Math.Max(first.Length, sizeHint));
            first.Octets.AsSpan(0, first.Length).CopyTo(larger);
            HeldBytes += larger.Length - first.Octets.Length;
            _pool.Return(first.Octets);
            _blocks[0] = first = first with { Octets = larger };
        }

        return first.Octets.AsMemory(first.Length);
    }

    Span<byte> IBufferWriter<byte>.GetSpan(int sizeHint) => ((IBufferWriter<byte>)this).GetMemory(sizeHint).Span;

    void IBufferWriter<byte>.Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)_blocks[0].Free, nameof(count));
        _blocks[0] = _blocks[0] with { Length = _blocks[0].Length + count };
        RawOctets += count;
    }

    private void Clear()
    {
        Head.Reset();
        _preparedMethod = default;
        _preparedHeadBytes = 0;
        _expectedBytes = 0;
        _blockCount = 0;
        _hasDigest = IsComplete = IsIncomplete = IsBroken = IsTruncated = false;
        RawOctets = BodyOctets = HeldBytes = 0;
        FirstOctetAt = LastOctetAt = default;
    }

    /// <summary>Room for a body is only set aside while the pool has some: what is announced may never come.</summary>
    private int NextBlockBytes(int now, long expected)
    {
        if (_blockCount > 0)
        {
            var missing = _expectedBytes - RawOctets;
            return missing >= now ? FittingBytes(missing) : BlockBytes;
        }

        var hoped = Math.Max(0, Math.Min(BlockBytes - now, expected));
        return _pool.RentedBytes + now + hoped <= _pool.LimitBytes ? now + (int)hoped : now;
    }

    // A power of two: the next, or the one before when the next would be half empty or nearly so.
    private static int FittingBytes(long expected)
    {
        if (expected >= BlockBytes)
        {
            return BlockBytes;
        }

        var next = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(1, expected));
        return next > MaxSingleBytes && (next - expected) * 4 > next ? next / 2 : next;
    }

    private void AddBlock(byte[] block)
    {
        if (_blockCount == _blocks.Length)
        {
            Array.Resize(ref _blocks, _blocks.Length * 4);
        }

        HeldBytes += block.Length;
        _blocks[_blockCount++] = new StoredBlock(block, 0);
    }

    private int Fill(ReadOnlySpan<byte> octets)
    {
        ref var last = ref _blocks[_blockCount - 1];
        var taken = Math.Min(octets.Length, last.Free);
        octets[..taken].CopyTo(last.Octets.AsSpan(last.Length));
        last = last with { Length = last.Length + taken };
        RawOctets += taken;
        return taken;
    }

    private readonly record struct StoredBlock(byte[] Octets, int Length)
    {
        public int Free => Octets.Length - Length;
    }
}

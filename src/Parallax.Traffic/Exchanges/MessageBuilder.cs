using System.Buffers;
using Parallax.Wire;
using Parallax.Wire.Http1;

namespace Parallax.Traffic.Exchanges;

/// <summary>Fills a <see cref="Message"/>: <see cref="Begin"/>, the head, then the body in any pieces, then <see cref="Seal"/>. After that,
/// and before it is begun again, there is nothing to fill.</summary>
/// <remarks>
/// <para>The head comes in one of four ways: read here (<see cref="AppendHead"/>), read before and copied (<see cref="CopyHead"/>), written
/// (<see cref="BeginPrepared"/> to <see cref="EndHead"/>), or with the message, in one piece (<see cref="AppendWhole"/>).</para>
/// <para>A mutable value that allocates nothing: keep it in a field, never copy it; <see cref="Move"/> hands it over. Ownership: holds the
/// message's only reference until it is sealed; what is not sealed is given up with <see cref="Abandon"/>. Thread safety: none.</para>
/// </remarks>
public struct MessageBuilder
{
    private Message? _message;

    /// <summary>True between begin and seal.</summary>
    public readonly bool IsBuilding => _message is not null;

    /// <summary>Who lends the blocks.</summary>
    public readonly OctetPool Pool => Building.Pool;

    /// <summary>The method of a request whose head is there.</summary>
    public readonly KnownMethod Method => Building.Method;

    /// <summary>True when the head was written.</summary>
    public readonly bool IsPrepared => Building.IsPrepared;

    /// <summary>Octets stored so far.</summary>
    public readonly long RawOctets => Building.RawOctets;

    /// <summary>The part of them after the head.</summary>
    public readonly long RawBodyOctets => Building.RawOctets - Building.HeadOctets.Length;

    /// <summary>What the message holds of its pool so far, in bytes; 0 when there is none.</summary>
    public readonly long HeldBytes => _message?.HeldBytes ?? 0;

    /// <summary>True when octets were left out because they went beyond a limit.</summary>
    public readonly bool IsTruncated => Building.IsTruncated;

    /// <summary>See <see cref="Message.BodyOctets"/>; 0 until it is set.</summary>
    public readonly long BodyOctets
    {
        get => Building.BodyOctets;
        set => Building.BodyOctets = value;
    }

    /// <summary>See <see cref="Message.FirstOctetAt"/>; not known until it is set.</summary>
    public readonly Timestamp FirstOctetAt
    {
        get => Building.FirstOctetAt;
        set => Building.FirstOctetAt = value;
    }

    /// <summary>See <see cref="Message.LastOctetAt"/>; not known until it is set.</summary>
    public readonly Timestamp LastOctetAt
    {
        get => Building.LastOctetAt;
        set => Building.LastOctetAt = value;
    }

    private readonly Message Building => _message is { IsSealed: false } message ? message : throw NotBuilding();

    /// <summary>Begins an empty message.</summary>
    /// <param name="pool">Lends the blocks.</param>
    /// <param name="kind">Request or response.</param>
    /// <exception cref="InvalidOperationException">Another is being built.</exception>
    public void Begin(OctetPool pool, MessageKind kind)
    {
        ArgumentNullException.ThrowIfNull(pool);
        if (_message is not null)
        {
            throw new InvalidOperationException("Another message is being built; seal or abandon it first.");
        }

        _message = Message.Rent(pool, kind);
    }

    /// <summary>Begins a prepared request: its head is written next, final for its target. <see cref="EndHead"/> ends it.</summary>
    /// <param name="pool">Lends the blocks, even over its limit.</param>
    /// <param name="method">The method that is written.</param>
    /// <param name="expected">How long head and body will be, about: a small body shares the head's block, and no block is much larger
    /// than what goes into it.</param>
    /// <returns>Where to; until <see cref="EndHead"/>.</returns>
    /// <exception cref="InvalidOperationException">Another is being built.</exception>
    public IBufferWriter<byte> BeginPrepared(OctetPool pool, KnownMethod method, long expected)
    {
        Begin(pool, MessageKind.Request);
        return Building.BeginHead(method, expected);
    }

    /// <summary>Everything written so far is the head of a prepared request.</summary>
    /// <exception cref="InvalidOperationException">Nothing was written, or it is not a prepared request.</exception>
    public readonly void EndHead() => Building.EndHead();

    /// <summary>Stores the head, as the first octets of the message, and reads it.</summary>
    /// <param name="octets">Start line to blank line, or as far as the head was seen. Copied.</param>
    /// <param name="policy">The policy it was found with.</param>
    /// <param name="expected">How many octets of body are expected; 0 when not known.</param>
    /// <returns>False when these octets are not a head; they are stored all the same.</returns>
    /// <exception cref="InvalidOperationException">Octets are stored already.</exception>
    public readonly bool AppendHead(ReadOnlySpan<byte> octets, Http1Policy policy, long expected = 0)
    {
        var message = Empty();
        message.Chain.Append(octets, expected);
        return HeadReader.TryReadCut(octets, message.Kind, policy, message.Head);
    }

    /// <summary>Stores the head that a reader has read already.</summary>
    /// <param name="octets">The head's octets and nothing else; copied.</param>
    /// <param name="head">What they say, counted from the first of them; copied.</param>
    /// <param name="expected">As for <see cref="AppendHead"/>.</param>
    /// <exception cref="InvalidOperationException">Octets are stored already.</exception>
    public readonly void CopyHead(ReadOnlySpan<byte> octets, MessageHead head, long expected)
    {
        var message = Empty();
        message.Chain.Append(octets, expected);
        message.Head.CopyFrom(head);
    }

    /// <summary>Stores a message that is there in one piece, reads its head as loosely as a captured one and counts its
    /// content.</summary>
    /// <param name="octets">Head, body with its framing, trailers. Copied.</param>
    /// <returns>False when it has no head that can be read; the octets are stored all the same.</returns>
    /// <exception cref="InvalidOperationException">Octets are stored already.</exception>
    public readonly bool AppendWhole(ReadOnlySpan<byte> octets)
    {
        var message = Empty();
        var isRead = HeadReader.TryReadCut(octets, message.Kind, Http1Policy.Passive, message.Head);
        var head = isRead ? message.Head.Length : octets.Length;
        message.Chain.Append(octets[..head], octets.Length - head);
        message.Chain.Append(octets[head..], 0);
        message.BodyOctets = isRead ? message.Content.CountOctets() : 0;
        return isRead;
    }

    /// <summary>Stores octets after those stored already.</summary>
    /// <param name="octets">Copied.</param>
    public readonly void Append(ReadOnlySpan<byte> octets) => Building.Chain.Append(octets, 0);

    /// <summary>As <see cref="Append"/>, unless the pool's limit forbids another block.</summary>
    /// <returns>False when refused; nothing, or only a first part, was stored then.</returns>
    public readonly bool TryAppend(ReadOnlySpan<byte> octets) => Building.Chain.TryAppend(octets, 0);

    /// <summary>Stores a piece of the body as far as limits allow. What does not fit makes the message truncated, and nothing is stored
    /// after it.</summary>
    /// <param name="octets">With their framing. Copied.</param>
    /// <param name="maxBodyBytes">The largest body that is stored, framing included, whatever the pool has room for.</param>
    public readonly void AppendBody(ReadOnlySpan<byte> octets, long maxBodyBytes)
    {
        var message = Building;
        if (message.IsTruncated)
        {
            return;
        }

        var room = maxBodyBytes - (message.RawOctets - message.HeadOctets.Length);
        var kept = octets.Length <= room ? octets : octets[..(int)Math.Max(0, room)];
        if (!message.Chain.TryAppend(kept, 0) || kept.Length < octets.Length)
        {
            message.Truncate();
        }
    }

    /// <summary>Ends the building: the message no longer changes.</summary>
    /// <param name="state">What is known of it. When octets were left out (<see cref="IsTruncated"/>) it becomes the truncated state
    /// of its kind.</param>
    /// <param name="digest">See <see cref="Message.ContentDigest"/>; empty when there is none.</param>
    /// <returns>The message, with one reference for the caller.</returns>
    /// <exception cref="InvalidOperationException">A head that was begun is not ended.</exception>
    /// <exception cref="ArgumentException">The digest has not twenty octets.</exception>
    public Message Seal(MessageState state, ReadOnlySpan<byte> digest = default)
    {
        var message = Building;
        message.Seal(state, digest);
        _message = null;
        return message;
    }

    /// <summary>Hands what is being built over to another builder; this one has nothing to fill then.</summary>
    /// <returns>The one that goes on.</returns>
    public MessageBuilder Move()
    {
        var moved = this;
        _message = null;
        return moved;
    }

    /// <summary>Gives up what is being built; does nothing when there is nothing.</summary>
    public void Abandon()
    {
        _message?.Dispose();
        _message = null;
    }

    private static InvalidOperationException NotBuilding() =>
        new("No message is being built: it was not begun, or is sealed.");

    private readonly Message Empty()
    {
        var message = Building;
        return message.BlockCount == 0 ? message : throw new InvalidOperationException("A head can only be the first part of a message.");
    }
}

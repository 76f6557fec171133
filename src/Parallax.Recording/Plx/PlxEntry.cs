using System.Buffers.Binary;
using Parallax.Recording.Entries;
using Parallax.Traffic.Exchanges;
using Parallax.Wire;
using Parallax.Wire.Packets;

namespace Parallax.Recording.Plx;

/// <summary>The lengths of an entry's parts of variable length; -1 for a message that was not seen.</summary>
internal readonly record struct PlxEntryLengths(int Request, int Response, int Label, int Mirror, int Shadows, int ShadowCount)
{
    /// <summary>The whole payload, in bytes; more than an int for what no block can hold.</summary>
    public long Payload => PlxEntry.FixedLength + Math.Max(0L, Request) + Math.Max(0L, Response) + Label + Mirror + Shadows;

    public static PlxEntryLengths Of(in RecordedEntry entry) => new(
        entry.HasRequest ? entry.Request.Length : -1,
        entry.HasResponse ? entry.Response.Length : -1,
        entry.Label.Length,
        entry.Mirror.Length,
        entry.Shadows.Octets.Length,
        entry.Shadows.Count);
}

/// <summary>One entry in the content of a block: a frame of length, kind and checksum around the exchange.</summary>
/// <remarks>Thread safety: pure functions.</remarks>
internal static class PlxEntry
{
    //  Frame:
    //   0  payload length (32)    4  kind (8)    5  reserved (24)    8  CRC-32C of the 8 octets before and the payload (32)
    //  12  payload
    //
    //  Payload of kind 1, an exchange:
    //   0  id (64)                8  session (64)
    //  16  client address (128)  32  server address (128)
    //  48  request's first octet (64)     56  request's last octet (64)
    //  64  response's first octet (64)    72  response's last octet (64)
    //  80  sequence (32)         84  VNI (32)                88  flags (32)
    //  92  client port (16)      94  server port (16)
    //  96  request octets (32)  100  response octets (32)   104  shadow list octets (32)
    // 108  shadows (16)         110  label octets (8)       111  mirror name octets (8)
    // 112  marks (8)            113  reserved (56)
    // 120  label, mirror name, request, response, shadow list

    /// <summary>The length of an entry's frame, in bytes.</summary>
    public const int FrameLength = 12;

    /// <summary>The length of the fixed part of the payload, in bytes.</summary>
    public const int FixedLength = 120;

    /// <summary>The kind of entry that holds an exchange.</summary>
    public const byte ExchangeKind = 1;

    private const int CrcAt = 8;

    /// <summary>Writes the fixed part of a payload.</summary>
    public static void WriteFixed(Span<byte> to, in EntryFacts facts, in PlxEntryLengths lengths)
    {
        to = to[..FixedLength];
        BinaryPrimitives.WriteInt64LittleEndian(to, facts.Id);
        BinaryPrimitives.WriteInt64LittleEndian(to[8..], facts.Session);
        Write(to[16..], facts.Client.Address);
        Write(to[32..], facts.Server.Address);
        BinaryPrimitives.WriteInt64LittleEndian(to[48..], facts.RequestFirst.Nanoseconds);
        BinaryPrimitives.WriteInt64LittleEndian(to[56..], facts.RequestLast.Nanoseconds);
        BinaryPrimitives.WriteInt64LittleEndian(to[64..], facts.ResponseFirst.Nanoseconds);
        BinaryPrimitives.WriteInt64LittleEndian(to[72..], facts.ResponseLast.Nanoseconds);
        BinaryPrimitives.WriteInt32LittleEndian(to[80..], facts.SequenceInSession);
        BinaryPrimitives.WriteInt32LittleEndian(to[84..], facts.Vni);
        BinaryPrimitives.WriteInt32LittleEndian(to[88..], (int)facts.Flags);
        BinaryPrimitives.WriteUInt16LittleEndian(to[92..], facts.Client.Port);
        BinaryPrimitives.WriteUInt16LittleEndian(to[94..], facts.Server.Port);
        BinaryPrimitives.WriteInt32LittleEndian(to[96..], lengths.Request);
        BinaryPrimitives.WriteInt32LittleEndian(to[100..], lengths.Response);
        BinaryPrimitives.WriteInt32LittleEndian(to[104..], lengths.Shadows);
        BinaryPrimitives.WriteUInt16LittleEndian(to[108..], (ushort)lengths.ShadowCount);
        to[110] = (byte)lengths.Label;
        to[111] = (byte)lengths.Mirror;
        to[112] = (byte)facts.Marks;
        to[113..].Clear();
    }

    /// <summary>Writes the frame around a payload that is in place after it.</summary>
    public static void Seal(Span<byte> framed)
    {
        BinaryPrimitives.WriteInt32LittleEndian(framed, framed.Length - FrameLength);
        BinaryPrimitives.WriteUInt32LittleEndian(framed[4..], ExchangeKind);
        BinaryPrimitives.WriteUInt32LittleEndian(framed[CrcAt..], Crc32C.Of(framed[..CrcAt], framed[FrameLength..]));
    }

    /// <summary>Takes the frame at the beginning of <paramref name="content"/> off.</summary>
    /// <param name="content">A block's content, or what is left of it; afterwards what is after the entry.</param>
    /// <param name="kind">The entry's kind; others than <see cref="ExchangeKind"/> are to be passed over.</param>
    /// <param name="payload">Its payload.</param>
    /// <returns>False when no whole entry with a right checksum is there.</returns>
    public static bool TryUnframe(scoped ref ReadOnlySpan<byte> content, out byte kind, out ReadOnlySpan<byte> payload)
    {
        kind = 0;
        payload = default;
        if (content.Length < FrameLength)
        {
            return false;
        }

        var length = BinaryPrimitives.ReadInt32LittleEndian(content);
        if (length < 0 || length > content.Length - FrameLength)
        {
            return false;
        }

        payload = content.Slice(FrameLength, length);
        kind = content[4];
        if (BinaryPrimitives.ReadUInt32LittleEndian(content[CrcAt..]) != Crc32C.Of(content[..CrcAt], payload))
        {
            return false;
        }

        content = content[(FrameLength + length)..];
        return true;
    }

    /// <summary>Reads the payload of an exchange.</summary>
    /// <param name="payload">The payload; octets after what is known belong to a later version.</param>
    /// <param name="entry">Views over <paramref name="payload"/>.</param>
    /// <returns>False when its lengths do not fit.</returns>
    public static bool TryDecode(ReadOnlySpan<byte> payload, out RecordedEntry entry)
    {
        entry = default;
        if (payload.Length < FixedLength)
        {
            return false;
        }

        var lengths = LengthsIn(payload);
        if (lengths.Request < -1 || lengths.Response < -1 || lengths.Shadows < 0 || lengths.Payload > payload.Length)
        {
            return false;
        }

        var rest = payload[FixedLength..];
        entry = new()
        {
            Facts = FactsIn(payload),
            HasRequest = lengths.Request >= 0,
            HasResponse = lengths.Response >= 0,
            Label = Take(ref rest, lengths.Label),
            Mirror = Take(ref rest, lengths.Mirror),
            Request = Take(ref rest, lengths.Request),
            Response = Take(ref rest, lengths.Response),
            Shadows = new(Take(ref rest, lengths.Shadows), lengths.ShadowCount),
        };
        return true;
    }

    private static PlxEntryLengths LengthsIn(ReadOnlySpan<byte> payload) => new(
        BinaryPrimitives.ReadInt32LittleEndian(payload[96..]),
        BinaryPrimitives.ReadInt32LittleEndian(payload[100..]),
        payload[110],
        payload[111],
        BinaryPrimitives.ReadInt32LittleEndian(payload[104..]),
        BinaryPrimitives.ReadUInt16LittleEndian(payload[108..]));

    private static EntryFacts FactsIn(ReadOnlySpan<byte> payload) => new()
    {
        Id = BinaryPrimitives.ReadInt64LittleEndian(payload),
        Session = BinaryPrimitives.ReadInt64LittleEndian(payload[8..]),
        SequenceInSession = BinaryPrimitives.ReadInt32LittleEndian(payload[80..]),
        Client = new(NetworkAddress.FromIPv6(payload[16..]), BinaryPrimitives.ReadUInt16LittleEndian(payload[92..])),
        Server = new(NetworkAddress.FromIPv6(payload[32..]), BinaryPrimitives.ReadUInt16LittleEndian(payload[94..])),
        Vni = BinaryPrimitives.ReadInt32LittleEndian(payload[84..]),
        Flags = (ExchangeFlags)BinaryPrimitives.ReadInt32LittleEndian(payload[88..]),
        Marks = (EntryMarks)payload[112],
        RequestFirst = TimeAt(payload[48..]),
        RequestLast = TimeAt(payload[56..]),
        ResponseFirst = TimeAt(payload[64..]),
        ResponseLast = TimeAt(payload[72..]),
    };

    private static Timestamp TimeAt(ReadOnlySpan<byte> octets) => new(BinaryPrimitives.ReadInt64LittleEndian(octets));

    private static void Write(Span<byte> to, NetworkAddress address)
    {
        BinaryPrimitives.WriteUInt64BigEndian(to, address.High);
        BinaryPrimitives.WriteUInt64BigEndian(to[8..], address.Low);
    }

    private static ReadOnlySpan<byte> Take(scoped ref ReadOnlySpan<byte> rest, int length)
    {
        var taken = rest[..Math.Max(0, length)];
        rest = rest[taken.Length..];
        return taken;
    }
}

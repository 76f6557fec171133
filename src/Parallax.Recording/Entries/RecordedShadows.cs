using System.Buffers;
using System.Buffers.Binary;
using Parallax.Wire;

namespace Parallax.Recording.Entries;

/// <summary>What one shadow of a recorded request answered.</summary>
/// <remarks>Thread safety: a stack-only value.</remarks>
public readonly ref struct RecordedShadow
{
    //  |  sent at (64)  |  last octet at (64)  |  octets (32)  |  name's octets (8)  |  failure (8)  |  reserved (16)  |
    //  name, response

    internal const int FixedLength = 24;

    /// <summary>The mirror's name, UTF-8, 255 octets at most.</summary>
    public ReadOnlySpan<byte> Mirror { get; init; }

    /// <summary>The response as on the wire; empty when there was none.</summary>
    public ReadOnlySpan<byte> Response { get; init; }

    /// <summary>Why there is no whole response, see <see cref="ShadowFailures"/>; 0 when there is one.</summary>
    public byte Failure { get; init; }

    /// <summary>When the request was sent to the shadow; not known when it never was.</summary>
    public Timestamp Sent { get; init; }

    /// <summary>When the last octet of the response came, or the request was over in another way.</summary>
    public Timestamp Last { get; init; }

    internal int EncodedLength => FixedLength + Mirror.Length + Response.Length;

    /// <summary>Appends the shadow to a list of them, to be read as <see cref="RecordedShadows"/>.</summary>
    public void AppendTo(IBufferWriter<byte> list)
    {
        ArgumentNullException.ThrowIfNull(list);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Mirror.Length, byte.MaxValue);
        var to = list.GetSpan(EncodedLength)[..EncodedLength];
        BinaryPrimitives.WriteInt64LittleEndian(to, Sent.Nanoseconds);
        BinaryPrimitives.WriteInt64LittleEndian(to[8..], Last.Nanoseconds);
        BinaryPrimitives.WriteUInt32LittleEndian(to[16..], (uint)Response.Length);
        to[20] = (byte)Mirror.Length;
        to[21] = Failure;
        to[22] = to[23] = 0;
        Mirror.CopyTo(to[FixedLength..]);
        Response.CopyTo(to[(FixedLength + Mirror.Length)..]);
        list.Advance(EncodedLength);
    }

    /// <summary>The first shadow of a list.</summary>
    /// <param name="list">The list's octets; afterwards those after the shadow.</param>
    /// <param name="shadow">Views over <paramref name="list"/>.</param>
    /// <returns>False when the list does not begin with a whole shadow.</returns>
    internal static bool TryTake(scoped ref ReadOnlySpan<byte> list, out RecordedShadow shadow)
    {
        shadow = default;
        if (list.Length < FixedLength)
        {
            return false;
        }

        var length = BinaryPrimitives.ReadUInt32LittleEndian(list[16..]);
        var nameLength = list[20];
        if (length > (uint)list.Length || FixedLength + nameLength + (long)length > list.Length)
        {
            return false;
        }

        shadow = new()
        {
            Sent = new(BinaryPrimitives.ReadInt64LittleEndian(list)),
            Last = new(BinaryPrimitives.ReadInt64LittleEndian(list[8..])),
            Failure = list[21],
            Mirror = list.Slice(FixedLength, nameLength),
            Response = list.Slice(FixedLength + nameLength, (int)length),
        };
        list = list[shadow.EncodedLength..];
        return true;
    }
}

/// <summary>The shadow responses of an entry, in order: made for <c>foreach</c>, without allocation.</summary>
/// <remarks>Valid as long as the octets it was made of. Thread safety: a stack-only value.</remarks>
public readonly ref struct RecordedShadows
{
    /// <summary>The largest number of shadows of one entry.</summary>
    public const int MaxCount = ushort.MaxValue;

    /// <summary>Views shadows that <see cref="RecordedShadow.AppendTo"/> wrote.</summary>
    /// <param name="octets">The list, or the beginning of one.</param>
    /// <param name="count">How many shadows it holds.</param>
    public RecordedShadows(ReadOnlySpan<byte> octets, int count)
    {
        Octets = octets;
        Count = count;
    }

    /// <summary>How many there are.</summary>
    public int Count { get; }

    internal ReadOnlySpan<byte> Octets { get; }

    /// <summary>Starts before the first shadow.</summary>
    public Enumerator GetEnumerator() => new(this);

    /// <summary>Walks the shadows.</summary>
    public ref struct Enumerator
    {
        private ReadOnlySpan<byte> _rest;
        private RecordedShadow _current;
        private int _left;

        internal Enumerator(RecordedShadows shadows)
        {
            _rest = shadows.Octets;
            _left = shadows.Count;
        }

        /// <summary>The shadow reached.</summary>
        public readonly RecordedShadow Current => _current;

        /// <summary>Goes on; false after the last shadow.</summary>
        public bool MoveNext() => _left-- > 0 && RecordedShadow.TryTake(ref _rest, out _current);
    }
}

using System.Buffers.Binary;

namespace Parallax.Wire.PcapFiles;

/// <summary>Reads the pcapng format (draft-ietf-opsawg-pcapng): any number of sections in either octet order, blocks of unknown kind
/// passed over.</summary>
/// <remarks>Thread safety: none.</remarks>
internal sealed class PcapngReader
{
    //  |  block type (32)  |  total length (32)  |  body, filled up to 32 bits  |  total length (32)  |
    //
    //  section header:    |  order magic (32)  |  version (32)  |  section length (64)  |  options
    //  interface:         |  link type (16)  |  reserved (16)  |  snap length (32)  |  options
    //  enhanced packet:   |  interface (32)  |  time, high (32)  |  time, low (32)  |  captured (32)  |  original (32)  |  octets
    //  packet (obsolete): |  interface (16)  |  drops (16)  |  the rest as above
    //  simple packet:     |  original (32)  |  octets

    /// <summary>The type of the block that starts a file and a section; it reads the same in either order.</summary>
    public const uint SectionHeaderType = 0x0A0D0D0A;

    private const uint InterfaceType = 1;
    private const uint ObsoletePacketType = 2;
    private const uint SimplePacketType = 3;
    private const uint EnhancedPacketType = 6;
    private const uint OrderMagic = 0x1A2B3C4D;
    private const int BlockHeaderLength = 8;
    private const int BlockTrailerLength = 4;
    private const int SectionHeaderBodyLength = 16;
    private const int PacketBodyLength = 20;
    private const int MaxInterfaces = 65_536; // what the obsolete block's 16 bits can name

    private readonly List<PcapngInterface> _interfaces = [];
    private OctetOrder _order;

    /// <summary>Why the file is malformed; null while it is not.</summary>
    public string? Problem { get; private set; }

    /// <summary>Reads the next packet; see <see cref="CaptureFileReader.TryRead"/>.</summary>
    public ReadStatus TryRead(ReadOnlySpan<byte> octets, out int consumed, out CapturedPacket packet)
    {
        consumed = 0;
        packet = default;
        while (Problem is null)
        {
            var rest = octets[consumed..];
            if (rest.Length < BlockHeaderLength + BlockTrailerLength)
            {
                return ReadStatus.NeedMore;
            }

            var type = ReadType(rest);
            var length = _order.UInt32(rest[4..]);
            Problem ??= ProblemOfLength(length);
            if (Problem is not null || rest.Length < length)
            {
                break;
            }

            var block = rest[..(int)length];
            if (_order.UInt32(block[^BlockTrailerLength..]) != length)
            {
                Problem = "the two lengths of a block differ";
                break;
            }

            var isPacket = ReadBody(type, block[BlockHeaderLength..^BlockTrailerLength], out packet);
            consumed += Problem is null ? block.Length : 0;
            if (isPacket)
            {
                return ReadStatus.Packet;
            }
        }

        return Problem is null ? ReadStatus.NeedMore : ReadStatus.Malformed;
    }

    private static string? ProblemOfLength(uint length) => length switch
    {
        < BlockHeaderLength + BlockTrailerLength => "a block is shorter than its own frame",
        > RecordLimits.MaxBytes => "a block claims more than 16 MiB",
        _ when length % sizeof(uint) != 0 => "the length of a block is not a multiple of four",
        _ => null,
    };

    // A section header must be looked into before its length can be read: only its magic tells the order.
    private uint ReadType(ReadOnlySpan<byte> block)
    {
        if (BinaryPrimitives.ReadUInt32BigEndian(block) != SectionHeaderType)
        {
            return _order.UInt32(block);
        }

        var magic = BinaryPrimitives.ReadUInt32BigEndian(block[BlockHeaderLength..]);
        if (magic is not OrderMagic && BinaryPrimitives.ReverseEndianness(magic) is not OrderMagic)
        {
            Problem = "a section header without the octet order magic";
        }

        _order = new OctetOrder(magic == OrderMagic);
        return SectionHeaderType;
    }

    // Reads what a block says; true when it holds a packet.
    private bool ReadBody(uint type, ReadOnlySpan<byte> body, out CapturedPacket packet)
    {
        packet = default;
        switch (type)
        {
            case SectionHeaderType:
                _interfaces.Clear();
                Problem = body.Length < SectionHeaderBodyLength ? "a section header is too short" : null;
                return false;
            case InterfaceType:
                ReadInterface(body);
                return false;
            case EnhancedPacketType:
                return ReadPacket(body, sizeof(uint), out packet);
            case ObsoletePacketType:
                return ReadPacket(body, sizeof(ushort), out packet);
            case SimplePacketType:
                return ReadSimplePacket(body, out packet);
            default:
                return false;
        }
    }

    private void ReadInterface(ReadOnlySpan<byte> body)
    {
        if (_interfaces.Count == MaxInterfaces)
        {
            Problem = "more than 65,536 interfaces in one section";
        }
        else if (PcapngInterface.TryRead(body, _order, out var described))
        {
            _interfaces.Add(described);
        }
        else
        {
            Problem = "an interface description is too short";
        }
    }

    private bool ReadPacket(ReadOnlySpan<byte> body, int interfaceWidth, out CapturedPacket packet)
    {
        packet = default;
        if (body.Length < PacketBodyLength)
        {
            Problem = "a packet block is too short";
            return false;
        }

        var index = interfaceWidth == sizeof(uint) ? _order.UInt32(body) : _order.UInt16(body);
        var capturedLength = _order.UInt32(body[12..]);
        if (index >= _interfaces.Count || capturedLength > body.Length - PacketBodyLength)
        {
            Problem = index >= _interfaces.Count
                ? "a packet of an interface that was not described"
                : "a packet is longer than its block";
            return false;
        }

        var source = _interfaces[(int)index];
        var time = ((ulong)_order.UInt32(body[4..]) << 32) | _order.UInt32(body[8..]);
        packet = new CapturedPacket
        {
            Octets = body.Slice(PacketBodyLength, (int)capturedLength),
            OriginalLength = (int)Math.Min(_order.UInt32(body[16..]), int.MaxValue),
            Link = source.Link,
            Time = source.ToTimestamp(time),
            InterfaceIndex = (int)index,
        };
        return true;
    }

    private bool ReadSimplePacket(ReadOnlySpan<byte> body, out CapturedPacket packet)
    {
        packet = default;
        if (body.Length < sizeof(uint) || _interfaces.Count == 0)
        {
            Problem = body.Length < sizeof(uint)
                ? "a packet block is too short"
                : "a packet of an interface that was not described";
            return false;
        }

        // The block does not say how much was captured: the least of what can be (draft §4.4).
        var originalLength = _order.UInt32(body);
        var capturedLength = Math.Min(Math.Min(originalLength, _interfaces[0].SnapLength), (uint)(body.Length - sizeof(uint)));
        packet = new CapturedPacket
        {
            Octets = body.Slice(sizeof(uint), (int)capturedLength),
            OriginalLength = (int)Math.Min(originalLength, int.MaxValue),
            Link = _interfaces[0].Link,
        };
        return true;
    }
}

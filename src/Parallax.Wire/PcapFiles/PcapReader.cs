using System.Buffers.Binary;
using Parallax.Wire.Packets;

namespace Parallax.Wire.PcapFiles;

/// <summary>Reads the pcap format (draft-ietf-opsawg-pcap), also with nanoseconds, with the longer records of A. Kuznetsov's patch, as
/// Ixia's instruments write it (four octets more after the file header), and of versions before 2.4, which had the two lengths of a
/// record in the other order.</summary>
/// <remarks>Thread safety: none.</remarks>
internal sealed class PcapReader
{
    //  |                magic (32)                 |   major (16)   |   minor (16)   |   file header
    //  |         reserved (32)                     |         reserved (32)           |
    //  |         snap length (32)                  | FCS (4) | … | link type (26)    |
    //  |         seconds (32)                      | micro- or nanoseconds (32)      |   record header
    //  |         captured length (32)              | original length (32)            |
    //  |  interface index (32), protocol (16), packet type (8), padding (8)          |   only in "modified" files
    private const int FileHeaderLength = 24;
    private const int RecordHeaderLength = 16;
    private const int ModifiedRecordHeaderLength = 24;
    private const uint Microseconds = 0xA1B2C3D4;
    private const uint Nanoseconds = 0xA1B23C4D;
    private const uint Modified = 0xA1B2CD34;
    private const uint IxiaHardware = 0x1C00_01AC;
    private const uint IxiaSoftware = 0x1C00_01AB;
    private const int IxiaHeaderLength = FileHeaderLength + 4;
    private const uint LinkTypeMask = 0x03FF_FFFF;

    private bool _headerRead;
    private OctetOrder _order;
    private LinkType _link;
    private int _recordHeaderLength = RecordHeaderLength;
    private uint _nanosecondsPerUnit = 1000;
    private int _minorVersion;

    /// <summary>Why the file is malformed; null while it is not.</summary>
    public string? Problem { get; private set; }

    /// <summary>True for the first four octets of a file that this type reads, taken big-endian.</summary>
    public static bool IsMagic(uint magic) => IsNative(magic) || IsNative(BinaryPrimitives.ReverseEndianness(magic));

    /// <summary>Reads the next packet; see <see cref="CaptureFileReader.TryRead"/>.</summary>
    public ReadStatus TryRead(ReadOnlySpan<byte> octets, out int consumed, out CapturedPacket packet)
    {
        consumed = 0;
        packet = default;
        if (Problem is not null)
        {
            return ReadStatus.Malformed;
        }

        if (!_headerRead)
        {
            if (octets.Length < FileHeaderLength)
            {
                return ReadStatus.NeedMore;
            }

            var length = ReadHeader(octets);
            if (octets.Length < length)
            {
                return ReadStatus.NeedMore;
            }

            _headerRead = true;
            consumed = length;
        }

        return TryReadRecord(octets[consumed..], ref consumed, out packet);
    }

    private static bool IsNative(uint magic) => magic is Microseconds or Nanoseconds or Modified or IxiaHardware or IxiaSoftware;

    private int ReadHeader(ReadOnlySpan<byte> octets)
    {
        _order = new OctetOrder(IsNative(BinaryPrimitives.ReadUInt32BigEndian(octets)));
        var magic = _order.UInt32(octets);
        _nanosecondsPerUnit = magic == Nanoseconds ? 1u : 1000u;
        _recordHeaderLength = magic == Modified ? ModifiedRecordHeaderLength : RecordHeaderLength;
        _minorVersion = _order.UInt16(octets[4..]) == 2 ? _order.UInt16(octets[6..]) : int.MaxValue;
        _link = (LinkType)(_order.UInt32(octets[20..]) & LinkTypeMask);
        return magic is IxiaHardware or IxiaSoftware ? IxiaHeaderLength : FileHeaderLength;
    }

    private ReadStatus TryReadRecord(ReadOnlySpan<byte> octets, scoped ref int consumed, out CapturedPacket packet)
    {
        packet = default;
        if (octets.Length < _recordHeaderLength)
        {
            return ReadStatus.NeedMore;
        }

        var capturedLength = _order.UInt32(octets[8..]);
        var originalLength = _order.UInt32(octets[12..]);
        if (_minorVersion <= 3 && (_minorVersion < 3 || capturedLength > originalLength))
        {
            (capturedLength, originalLength) = (originalLength, capturedLength);
        }

        if (capturedLength > RecordLimits.MaxBytes - ModifiedRecordHeaderLength)
        {
            Problem = "a record claims more than 16 MiB";
            return ReadStatus.Malformed;
        }

        var end = _recordHeaderLength + (int)capturedLength;
        if (octets.Length < end)
        {
            return ReadStatus.NeedMore;
        }

        packet = new CapturedPacket
        {
            Octets = octets[_recordHeaderLength..end],
            OriginalLength = (int)Math.Min(originalLength, int.MaxValue),
            Link = _link,
            Time = Timestamp.FromParts(_order.UInt32(octets), (long)_order.UInt32(octets[4..]) * _nanosecondsPerUnit),
        };
        consumed += end;
        return ReadStatus.Packet;
    }
}

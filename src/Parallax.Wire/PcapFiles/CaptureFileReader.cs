using System.Buffers.Binary;

namespace Parallax.Wire.PcapFiles;

/// <summary>Reads packets from the octets of a pcap or pcapng file, which it tells apart by their first four octets.</summary>
/// <remarks>
/// It is handed octets and owns none: the caller keeps what is not consumed and puts what it reads next after it.
/// Its memory does not depend on the file, but for 16 octets an interface. Thread safety: none.
/// </remarks>
public sealed class CaptureFileReader
{
    /// <summary>The largest record (pcap) or block (pcapng), in bytes: 16 MiB. A buffer of this size always holds the next one.</summary>
    public const int MaxRecordBytes = RecordLimits.MaxBytes;

    private const int MagicLength = 4;

    private PcapReader? _pcap;
    private PcapngReader? _pcapng;
    private string? _problem;

    /// <summary>Why the last answer was <see cref="ReadStatus.Malformed"/>, for people; null otherwise.</summary>
    public string? Problem => _problem ?? _pcap?.Problem ?? _pcapng?.Problem;

    /// <summary>True when <paramref name="octets"/>, four or more, begin a file that this type reads.</summary>
    public static bool IsCapture(ReadOnlySpan<byte> octets) => octets.Length >= MagicLength
        && BinaryPrimitives.ReadUInt32BigEndian(octets) is var magic
        && (PcapReader.IsMagic(magic) || magic == PcapngReader.SectionHeaderType);

    /// <summary>Reads the next packet.</summary>
    /// <param name="octets">What the file holds from the first octet on that was not consumed yet.</param>
    /// <param name="consumed">How many of them are done with. Also with <see cref="ReadStatus.NeedMore"/> it may be above 0: file
    /// headers and blocks without packets are passed over. A record that is not all here is never consumed.</param>
    /// <param name="packet">The packet; meant only with <see cref="ReadStatus.Packet"/>.</param>
    public ReadStatus TryRead(ReadOnlySpan<byte> octets, out int consumed, out CapturedPacket packet)
    {
        consumed = 0;
        packet = default;
        if (_problem is not null)
        {
            return ReadStatus.Malformed;
        }

        if (_pcap is null && _pcapng is null)
        {
            if (octets.Length < MagicLength)
            {
                return ReadStatus.NeedMore;
            }

            if (!TryChooseFormat(BinaryPrimitives.ReadUInt32BigEndian(octets)))
            {
                _problem = "neither a pcap nor a pcapng file: its first four octets are none of the known magic numbers";
                return ReadStatus.Malformed;
            }
        }

        return _pcap is not null ? _pcap.TryRead(octets, out consumed, out packet) : _pcapng!.TryRead(octets, out consumed, out packet);
    }

    private bool TryChooseFormat(uint magic)
    {
        if (PcapReader.IsMagic(magic))
        {
            _pcap = new PcapReader();
        }
        else if (magic == PcapngReader.SectionHeaderType)
        {
            _pcapng = new PcapngReader();
        }

        return _pcap is not null || _pcapng is not null;
    }
}

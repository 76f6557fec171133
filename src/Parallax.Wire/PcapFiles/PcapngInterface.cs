using Parallax.Wire.Packets;

namespace Parallax.Wire.PcapFiles;

/// <summary>What an interface description block says (draft-ietf-opsawg-pcapng §4.2).</summary>
/// <param name="Link">What its packets start with.</param>
/// <param name="SnapLength">Most octets kept of a packet; <see cref="uint.MaxValue"/> without a limit.</param>
/// <param name="TimeResolution">The option if_tsresol: negative powers of 10, or of 2 with the highest bit set.</param>
/// <param name="TimeOffset">The option if_tsoffset: seconds to add to every time stamp.</param>
internal readonly record struct PcapngInterface(LinkType Link, uint SnapLength, byte TimeResolution, long TimeOffset)
{
    //  |  link type (16)  |  reserved (16)  |  snap length (32)  |
    //  |  option code (16)  |  length (16)  |  value, filled up to 32 bits  |   any number of them
    private const int BodyLength = 8;
    private const int OptionHeaderLength = 4;
    private const ushort EndOfOptions = 0;
    private const ushort TimeResolutionOption = 9;
    private const ushort TimeOffsetOption = 14;
    private const byte Microseconds = 6;
    private const int Nanoseconds = 9;
    private const int LargestPowerOfTen = 19; // that 64 bits hold
    private const byte PowerOfTwo = 0x80;

    /// <summary>Reads the body of the block; broken options end the options, not the file.</summary>
    public static bool TryRead(ReadOnlySpan<byte> body, OctetOrder order, out PcapngInterface described)
    {
        described = default;
        if (body.Length < BodyLength)
        {
            return false;
        }

        var snapLength = order.UInt32(body[4..]);
        described = new PcapngInterface(
            (LinkType)order.UInt16(body), snapLength == 0 ? uint.MaxValue : snapLength, Microseconds, TimeOffset: 0);
        var options = body[BodyLength..];
        while (options.Length >= OptionHeaderLength)
        {
            var code = order.UInt16(options);
            int length = order.UInt16(options[2..]);
            options = options[OptionHeaderLength..];
            if (code == EndOfOptions || length > options.Length)
            {
                break;
            }

            described = (code, length) switch
            {
                (TimeResolutionOption, 1) => described with { TimeResolution = options[0] },
                (TimeOffsetOption, 8) => described with { TimeOffset = order.Int64(options) },
                _ => described,
            };
            options = options[Math.Min((length + 3) & ~3, options.Length)..];
        }

        return true;
    }

    /// <summary>The instant that <paramref name="units"/> of this interface's resolution stand for; one that 64 bits of nanoseconds
    /// cannot hold wraps around.</summary>
    public Timestamp ToTimestamp(ulong units)
    {
        var exponent = TimeResolution & ~PowerOfTwo;
        unchecked
        {
            var nanoseconds = (TimeResolution & PowerOfTwo) != 0
                ? (ulong)(((UInt128)units * Timestamp.NanosecondsPerSecond) >> exponent)
                : exponent <= Nanoseconds
                    ? units * PowerOfTen(Nanoseconds - exponent)
                    : units / PowerOfTen(Math.Min(exponent - Nanoseconds, LargestPowerOfTen));
            return Timestamp.FromParts(TimeOffset, (long)nanoseconds);
        }
    }

    private static ulong PowerOfTen(int exponent)
    {
        var power = 1UL;
        for (var i = 0; i < exponent; i++)
        {
            power *= 10;
        }

        return power;
    }
}

using System.Buffers.Binary;

namespace Parallax.Wire.Packets;

/// <summary>The MAC header of an IEEE 802.11 data frame (IEEE 802.11 §9.3.2.1).</summary>
/// <param name="Length">Octets of the header, 24 to 36.</param>
internal readonly record struct Ieee80211Header(int Length)
{
    //  | frame control (16) | duration (16) | address 1 (48) | address 2 (48) | address 3 (48) | sequence control (16) |
    //  | address 4 (48), from and to a distribution system | QoS control (16) | HT control (32) |  LLC …
    //  frame control, first octet: | subtype (4) | type (2) | version (2) |; second: |order|protected|…|retry|more fragments|from|to|
    public const int MinLength = 24;

    private const int DataType = 0x08;
    private const int TypeAndVersion = 0x0F;
    private const int QosSubtype = 0x80;
    private const int NoDataSubtype = 0x40;
    private const int BetweenDistributionSystems = 0x03;
    private const int MoreFragments = 0x04;
    private const int Protected = 0x40;
    private const int Order = 0x80;
    private const int Aggregated = 0x80;

    /// <summary>Splits <paramref name="frame"/> into header and LLC packet; a frame check sequence stays with the latter, and the IP
    /// length cuts it off.</summary>
    /// <returns><see cref="DecodeStatus.NotIp"/> for management and control frames and those without data,
    /// <see cref="DecodeStatus.Encrypted"/> for protected ones, <see cref="DecodeStatus.LinkFragment"/> for fragments and A-MSDU.</returns>
    /// <param name="frame">The frame, from its frame control field on.</param>
    /// <param name="padded">True when the header is filled up to a multiple of four octets, as a radiotap header may say.</param>
    /// <param name="header">The header.</param>
    /// <param name="payload">What follows it.</param>
    public static DecodeStatus TryDecode(
        ReadOnlySpan<byte> frame, bool padded, out Ieee80211Header header, out ReadOnlySpan<byte> payload)
    {
        header = default;
        payload = default;
        if (frame.Length < 2)
        {
            return DecodeStatus.Truncated;
        }

        if ((frame[0] & TypeAndVersion) != DataType || (frame[0] & NoDataSubtype) != 0)
        {
            return DecodeStatus.NotIp;
        }

        var qos = (frame[0] & QosSubtype) != 0;
        var addresses = (frame[1] & BetweenDistributionSystems) == BetweenDistributionSystems ? MinLength + 6 : MinLength;
        var length = addresses + (qos ? 2 : 0) + (qos && (frame[1] & Order) != 0 ? 4 : 0);
        length = padded ? (length + 3) & ~3 : length;
        if (frame.Length < length)
        {
            return DecodeStatus.Truncated;
        }

        if ((frame[1] & Protected) != 0)
        {
            return DecodeStatus.Encrypted;
        }

        var fragmentNumber = BinaryPrimitives.ReadUInt16LittleEndian(frame[22..]) & 0xF;
        if ((frame[1] & MoreFragments) != 0 || fragmentNumber != 0 || (qos && (frame[addresses] & Aggregated) != 0))
        {
            return DecodeStatus.LinkFragment;
        }

        header = new Ieee80211Header(length);
        payload = frame[length..];
        return DecodeStatus.Ok;
    }
}

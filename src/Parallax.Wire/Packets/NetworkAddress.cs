using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Text.Unicode;

namespace Parallax.Wire.Packets;

/// <summary>An IPv4 or IPv6 address as sixteen octets.</summary>
/// <param name="High">The first eight octets, big-endian.</param>
/// <param name="Low">The last eight octets, big-endian.</param>
/// <remarks>IPv4 is kept as ff00::a.b.c.d, a multicast address of the reserved scope 0, which no IPv6 packet may carry (RFC 4291 §2.7).
/// The mapped form ::ffff:a.b.c.d would not do: IPv6 packets with such addresses exist, and are another connection than the IPv4 one.
/// Thread safety: an immutable value. A value type, so that a flow key costs no allocation.</remarks>
public readonly record struct NetworkAddress(ulong High, ulong Low) : IComparable<NetworkAddress>
{
    private const ulong IPv4High = 0xFF00_0000_0000_0000;
    private const ulong MappedLow = 0x0000_FFFF;

    /// <summary>True for an IPv4 address.</summary>
    public bool IsIPv4 => High == IPv4High && Low <= uint.MaxValue;

    /// <summary>The address of an IPv4 header's four octets, read big-endian.</summary>
    public static NetworkAddress FromIPv4(uint address) => new(IPv4High, address);

    /// <summary>The address of an IPv6 header's sixteen octets.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than sixteen octets.</exception>
    public static NetworkAddress FromIPv6(ReadOnlySpan<byte> octets) =>
        new(BinaryPrimitives.ReadUInt64BigEndian(octets), BinaryPrimitives.ReadUInt64BigEndian(octets[8..]));

    /// <summary>The address of a socket's peer, sixteen octets: the mapped form ::ffff:a.b.c.d, which dual-stack sockets give IPv4 peers
    /// (RFC 4291 §2.5.5.2), is an IPv4 address.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than sixteen octets.</exception>
    public static NetworkAddress FromSocket(ReadOnlySpan<byte> octets)
    {
        var address = FromIPv6(octets);
        return address.High == 0 && address.Low >> 32 == MappedLow ? FromIPv4(unchecked((uint)address.Low)) : address;
    }

    /// <summary>The same address as the BCL's type, which a socket's peer has.</summary>
    public static NetworkAddress From(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        Span<byte> octets = stackalloc byte[16];
        address.MapToIPv6().TryWriteBytes(octets, out _);
        return FromSocket(octets);
    }

    /// <summary>The BCL's form of this address; IPv4 comes back as IPv4.</summary>
    public IPAddress ToIPAddress()
    {
        Span<byte> octets = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(octets, High);
        BinaryPrimitives.WriteUInt64BigEndian(octets[8..], Low);
        return IsIPv4 ? new IPAddress(octets[12..]) : new IPAddress(octets);
    }

    /// <summary>Writes the text of <see cref="ToString"/> in US-ASCII; an IPv4 address without allocation.</summary>
    /// <param name="text">Where to; 45 octets are enough for any.</param>
    /// <param name="written">How many were written.</param>
    /// <returns>False when there is no room.</returns>
    public bool TryFormat(Span<byte> text, out int written)
    {
        if (!IsIPv4)
        {
            return ToIPAddress().TryFormat(text, out written);
        }

        var (a, b, c, d) = unchecked(((byte)(Low >> 24), (byte)(Low >> 16), (byte)(Low >> 8), (byte)Low));
        return Utf8.TryWrite(text, CultureInfo.InvariantCulture, $"{a}.{b}.{c}.{d}", out written);
    }

    /// <summary>An order for canonical keys; it means nothing else.</summary>
    public int CompareTo(NetworkAddress other)
    {
        var high = High.CompareTo(other.High);
        return high != 0 ? high : Low.CompareTo(other.Low);
    }

    /// <summary>Keyed: strangers choose addresses.</summary>
    public override int GetHashCode() => HashKey.OfThisProcess.Hash(High, Low);

    /// <summary>Dotted quad or RFC 5952 text.</summary>
    public override string ToString() => ToIPAddress().ToString();

    /// <summary>The canonical order, see <see cref="CompareTo"/>.</summary>
    public static bool operator <(NetworkAddress left, NetworkAddress right) => left.CompareTo(right) < 0;

    /// <summary>The canonical order, see <see cref="CompareTo"/>.</summary>
    public static bool operator >(NetworkAddress left, NetworkAddress right) => left.CompareTo(right) > 0;

    /// <summary>The canonical order, see <see cref="CompareTo"/>.</summary>
    public static bool operator <=(NetworkAddress left, NetworkAddress right) => left.CompareTo(right) <= 0;

    /// <summary>The canonical order, see <see cref="CompareTo"/>.</summary>
    public static bool operator >=(NetworkAddress left, NetworkAddress right) => left.CompareTo(right) >= 0;
}

using System.Buffers.Binary;
using System.Net;

namespace Parallax.Wire.Packets;

/// <summary>An IPv4 or IPv6 address as sixteen octets; IPv4 is kept in its mapped form ::ffff:a.b.c.d (RFC 4291 §2.5.5.2).</summary>
/// <param name="High">The first eight octets, big-endian.</param>
/// <param name="Low">The last eight octets, big-endian.</param>
/// <remarks>Thread safety: an immutable value. A value type, so that a flow key costs no allocation.</remarks>
public readonly record struct NetworkAddress(ulong High, ulong Low) : IComparable<NetworkAddress>
{
    private const ulong MappedPrefix = 0x0000_FFFF_0000_0000;

    /// <summary>True when the address is an IPv4 address in its mapped form.</summary>
    public bool IsIPv4 => High == 0 && (Low & 0xFFFF_FFFF_0000_0000) == MappedPrefix;

    /// <summary>The address of an IPv4 header's four octets, read big-endian.</summary>
    public static NetworkAddress FromIPv4(uint address) => new(0, MappedPrefix | address);

    /// <summary>The address of an IPv6 header's sixteen octets.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than sixteen octets.</exception>
    public static NetworkAddress FromIPv6(ReadOnlySpan<byte> octets) =>
        new(BinaryPrimitives.ReadUInt64BigEndian(octets), BinaryPrimitives.ReadUInt64BigEndian(octets[8..]));

    /// <summary>The same address as the BCL's type.</summary>
    public static NetworkAddress From(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        Span<byte> octets = stackalloc byte[16];
        address.MapToIPv6().TryWriteBytes(octets, out _);
        return FromIPv6(octets);
    }

    /// <summary>The BCL's form of this address; IPv4 comes back as IPv4.</summary>
    public IPAddress ToIPAddress()
    {
        Span<byte> octets = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(octets, High);
        BinaryPrimitives.WriteUInt64BigEndian(octets[8..], Low);
        return IsIPv4 ? new IPAddress(octets[12..]) : new IPAddress(octets);
    }

    /// <summary>An order for canonical keys; it means nothing else.</summary>
    public int CompareTo(NetworkAddress other)
    {
        var high = High.CompareTo(other.High);
        return high != 0 ? high : Low.CompareTo(other.Low);
    }

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

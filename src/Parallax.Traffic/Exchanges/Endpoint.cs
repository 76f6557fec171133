using System.Globalization;
using System.Net;
using Parallax.Wire.Packets;

namespace Parallax.Traffic.Exchanges;

/// <summary>One end of a connection.</summary>
/// <param name="Address">The IP address; IPv4 in its mapped form.</param>
/// <param name="Port">The TCP port.</param>
/// <remarks>Thread safety: an immutable value.</remarks>
public readonly record struct Endpoint(NetworkAddress Address, ushort Port)
{
    /// <summary>The same end in the BCL's type.</summary>
    public static Endpoint From(IPEndPoint endPoint)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        return new Endpoint(NetworkAddress.From(endPoint.Address), (ushort)endPoint.Port);
    }

    /// <summary><c>192.0.2.1:80</c> or <c>[2001:db8::1]:80</c>.</summary>
    public override string ToString() => Address.IsIPv4
        ? string.Create(CultureInfo.InvariantCulture, $"{Address}:{Port}")
        : string.Create(CultureInfo.InvariantCulture, $"[{Address}]:{Port}");
}

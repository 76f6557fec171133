using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using Parallax.Traffic.Exchanges;
using Parallax.Wire.Packets;

namespace Parallax.Recording.JsonLines;

/// <summary>How facts and octets are written in JSON.</summary>
/// <remarks>Thread safety: pure functions.</remarks>
public static class JsonText
{
    /// <summary>Only what JSON demands is escaped.</summary>
    public static JsonWriterOptions Options { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Text whose characters are the octets.</summary>
    public static string Latin1(ReadOnlySpan<byte> octets) => Encoding.Latin1.GetString(octets);

    /// <summary>The address and port that <see cref="Endpoint.ToString"/> writes.</summary>
    /// <returns>False when the text is none.</returns>
    public static bool TryEndpoint(string text, out Endpoint endpoint)
    {
        var isOne = IPEndPoint.TryParse(text, out var end);
        endpoint = isOne ? new(Address(end!.Address), (ushort)end.Port) : default;
        return isOne;
    }

    /// <summary>An address as it was written: with colons it is IPv6, the mapped form included.</summary>
    public static NetworkAddress Address(IPAddress address) => address.AddressFamily == AddressFamily.InterNetworkV6
        ? NetworkAddress.FromIPv6(address.GetAddressBytes())
        : NetworkAddress.From(address);

    /// <summary>Writes octets as text when they are UTF-8, else in base64.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="name">The property for text.</param>
    /// <param name="base64Name">The property for base64.</param>
    /// <param name="octets">What to write.</param>
    /// <returns>True when it was text.</returns>
    public static bool WriteOctets(Utf8JsonWriter json, string name, string base64Name, ReadOnlySpan<byte> octets)
    {
        var isText = Utf8.IsValid(octets);
        if (isText)
        {
            json.WriteString(name, octets);
        }
        else
        {
            json.WriteBase64String(base64Name, octets);
        }

        return isText;
    }

    /// <summary>Writes the names of flags as an array.</summary>
    public static void WriteFlags<TFlags>(Utf8JsonWriter json, string name, TFlags flags)
        where TFlags : struct, Enum
    {
        json.WriteStartArray(name);
        foreach (var flag in Enum.GetValues<TFlags>())
        {
            if (!flag.Equals(default(TFlags)) && flags.HasFlag(flag))
            {
                json.WriteStringValue(flag.ToString());
            }
        }

        json.WriteEndArray();
    }
}

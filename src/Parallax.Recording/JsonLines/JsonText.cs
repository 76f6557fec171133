using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using Parallax.Traffic.Exchanges;
using Parallax.Wire;

namespace Parallax.Recording.JsonLines;

/// <summary>How facts and octets are written in JSON.</summary>
/// <remarks>Thread safety: pure functions.</remarks>
internal static class JsonText
{
    /// <summary>Only what JSON demands is escaped.</summary>
    public static JsonWriterOptions Options { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Text whose characters are the octets.</summary>
    public static string Latin1(ReadOnlySpan<byte> octets) => Encoding.Latin1.GetString(octets);

    /// <summary>An instant, cut to a microsecond: databases take no more digits for a time stamp.</summary>
    public static string Time(Timestamp time) =>
        time.ToDateTimeOffset().ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);

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
    public static void WriteFlags(Utf8JsonWriter json, string name, ExchangeFlags flags)
    {
        json.WriteStartArray(name);
        foreach (var flag in Enum.GetValues<ExchangeFlags>())
        {
            if (flag != ExchangeFlags.None && flags.HasFlag(flag))
            {
                json.WriteStringValue(flag.ToString());
            }
        }

        json.WriteEndArray();
    }
}

using System.Globalization;
using System.Text.Json;
using Parallax.Wire;

namespace Parallax.Recording.Har;

/// <summary>Reads the times of a HAR file: ISO 8601 in every spelling that programs use, or numbers.</summary>
/// <remarks>Thread safety: pure functions.</remarks>
internal static class HarTime
{
    //  date ( "T" / "t" / SP ) hh:mm[:ss[( "." / "," ) digits]] [ "Z" / ( "+" / "-" ) hh[[":"]mm] ]
    private const long NanosecondsPerSecond = Timestamp.NanosecondsPerSecond;

    /// <summary>When an exchange began; not known when it is missing, or no time that fits into 64 bits of nanoseconds.</summary>
    public static Timestamp BeginOf(JsonElement har)
    {
        if (har.ValueKind != JsonValueKind.Object || !har.TryGetProperty("startedDateTime", out var value))
        {
            return default;
        }

        return value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var number) ? OfNumber(number)
            : value.ValueKind == JsonValueKind.String ? Parse(value.GetString()!)
            : default;
    }

    /// <summary>A point in time. Without a zone it is UTC.</summary>
    public static Timestamp Parse(string text)
    {
        text = text.Trim();
        var zone = ZoneIn(text, out var offsetMinutes);
        var (whole, fraction) = FractionOf(text[..zone]);
        if (!DateTime.TryParse(
            whole.Replace('t', 'T'), CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal,
            out var time))
        {
            return default;
        }

        var seconds = ((time - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerSecond) - (offsetMinutes * 60L);
        return OfParts(seconds, fraction);
    }

    // Seconds, milliseconds, microseconds or nanoseconds: which, shows in the size.
    private static Timestamp OfNumber(decimal number)
    {
        var scale = Math.Abs(number) switch { < 1e11m => 1e9m, < 1e14m => 1e6m, < 1e17m => 1e3m, _ => 1 };
        return Math.Abs(number) < 9e18m / scale ? new((long)(number * scale)) : default;
    }

    private static Timestamp OfParts(long seconds, long nanoseconds) =>
        seconds is > -9_000_000_000 and < 9_000_000_000 ? new((seconds * NanosecondsPerSecond) + nanoseconds) : default;

    // Where the zone begins; the end of the text when there is none.
    private static int ZoneIn(string text, out int minutes)
    {
        minutes = 0;
        if (text.EndsWith('Z') || text.EndsWith('z'))
        {
            return text.Length - 1;
        }

        // The hyphens of the date come before the colons of the time.
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var sign = colon < 0 ? -1 : text.IndexOfAny(['+', '-'], colon);
        if (sign < 0)
        {
            return text.Length;
        }

        var digits = text[(sign + 1)..].Replace(":", "", StringComparison.Ordinal).PadRight(4, '0');
        if (int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            minutes = ((number / 100 * 60) + (number % 100)) * (text[sign] == '-' ? -1 : 1);
        }

        return text[sign - 1] == ' ' ? sign - 1 : sign;
    }

    private static (string Whole, long Nanoseconds) FractionOf(string text)
    {
        var point = text.IndexOfAny(['.', ',']);
        if (point < 0 || !text.AsSpan(0, point).Contains(':'))
        {
            return (text, 0);
        }

        var digits = text[(point + 1)..].PadRight(9, '0')[..9];
        return (text[..point], long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0);
    }
}

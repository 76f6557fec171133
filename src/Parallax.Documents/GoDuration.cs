using System.Globalization;

namespace Parallax.Documents;

/// <summary>Durations as Kubernetes documents write them: <c>7s</c>, <c>1m30s</c>, <c>0.5s</c>, <c>500ms</c>.</summary>
internal static class GoDuration
{
    // What a timer takes.
    private const long MaxTicks = TimeSpan.TicksPerDay * 40;

    /// <summary>Reads a duration that is not negative and at most 40 days.</summary>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        if (text == "0")
        {
            return true;
        }

        var ticks = 0m;
        for (var at = 0; at < text.Length;)
        {
            var digits = 0;
            while (at + digits < text.Length && (char.IsAsciiDigit(text[at + digits]) || text[at + digits] == '.'))
            {
                digits++;
            }

            var unit = 0;
            while (at + digits + unit < text.Length && text[at + digits + unit] is not ('.' or (>= '0' and <= '9')))
            {
                unit++;
            }

            var perUnit = TicksOf(text.AsSpan(at + digits, unit));
            if (digits is 0 or > 12
                || perUnit == 0
                || !decimal.TryParse(text.AsSpan(at, digits), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
            {
                return false;
            }

            ticks += number * perUnit;
            at += digits + unit;
        }

        var isRead = text.Length > 0 && ticks <= MaxTicks;
        duration = isRead ? TimeSpan.FromTicks((long)ticks) : TimeSpan.Zero;
        return isRead;
    }

    private static decimal TicksOf(ReadOnlySpan<char> unit) => unit switch
    {
        "h" => TimeSpan.TicksPerHour,
        "m" => TimeSpan.TicksPerMinute,
        "s" => TimeSpan.TicksPerSecond,
        "ms" => TimeSpan.TicksPerMillisecond,
        "us" or "µs" or "μs" => TimeSpan.TicksPerMicrosecond,
        "ns" => 0.01m,
        _ => 0,
    };
}

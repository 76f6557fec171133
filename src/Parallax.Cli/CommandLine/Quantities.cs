using System.Globalization;

namespace Parallax.Cli.CommandLine;

/// <summary>Reads sizes and durations as people write them: <c>64mb</c>, <c>512KiB</c>, <c>250ms</c>, <c>1.5s</c>, <c>2m</c>, <c>1d</c>.
/// </summary>
internal static class Quantities
{
    private static readonly (string Suffix, long Bytes)[] Sizes =
    [
        ("kib", 1L << 10), ("mib", 1L << 20), ("gib", 1L << 30),
        ("kb", 1L << 10), ("mb", 1L << 20), ("gb", 1L << 30),
        ("k", 1L << 10), ("m", 1L << 20), ("g", 1L << 30), ("b", 1),
    ];

    private static readonly (string Suffix, double Seconds)[] Durations =
        [("us", 1e-6), ("ms", 1e-3), ("s", 1), ("m", 60), ("h", 3600), ("d", 86_400)];

    /// <summary>A size in bytes; k, m and g are powers of 1,024 however they are written.</summary>
    public static bool TryParseSize(string text, out long bytes)
    {
        var lower = text.Trim().ToLowerInvariant();
        var (suffix, factor) = Sizes.FirstOrDefault(size => lower.EndsWith(size.Suffix, StringComparison.Ordinal), (Suffix: "", Bytes: 1L));
        bytes = 0;
        if (!double.TryParse(lower[..^suffix.Length], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            || number * factor > long.MaxValue / 2)
        {
            return false;
        }

        bytes = (long)(number * factor);
        return true;
    }

    /// <summary>A duration; a bare number counts seconds.</summary>
    public static bool TryParseDuration(string text, out TimeSpan duration)
    {
        var lower = text.Trim().ToLowerInvariant();
        var (suffix, factor) = Durations.FirstOrDefault(
            each => lower.EndsWith(each.Suffix, StringComparison.Ordinal), (Suffix: "", Seconds: 1.0));
        duration = default;
        if (!double.TryParse(lower[..^suffix.Length], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            || number * factor > TimeSpan.MaxValue.TotalSeconds / 2)
        {
            return false;
        }

        duration = TimeSpan.FromSeconds(number * factor);
        return true;
    }
}

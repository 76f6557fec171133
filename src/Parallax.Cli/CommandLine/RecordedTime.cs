using System.Globalization;
using Parallax.Wire;

namespace Parallax.Cli.CommandLine;

/// <summary>A time of a recording as people write it: how far behind its beginning, or an instant.</summary>
/// <param name="Offset">Behind the beginning; zero for an instant.</param>
/// <param name="Instant">The instant; not known for an offset.</param>
internal readonly record struct RecordedTime(TimeSpan Offset, Timestamp Instant)
{
    // Far below what 64 bits of nanoseconds hold.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(36_500);

    private static readonly string[] Formats =
        ["yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd' 'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd"];

    /// <summary>An option that takes one.</summary>
    public static Setting<RecordedTime> Setting(string name, string description, string defaultText) =>
        new(name, description, "TIME", defaultText, static () => default, result =>
        {
            if (TryParse(result.Tokens[0].Value, out var time))
            {
                return time;
            }

            result.AddError($"{name}: \"{result.Tokens[0].Value}\" is neither a duration, such as 30s, nor an instant, such as "
                + "2025-06-01T12:00:00Z");
            return null;
        });

    /// <summary>True when it is certain that nothing is between the two.</summary>
    public bool IsNotBeyond(RecordedTime from) =>
        Instant.IsKnown == from.Instant.IsKnown && Instant <= from.Instant && Offset <= from.Offset;

    private static bool TryParse(string text, out RecordedTime time)
    {
        time = default;
        if (Quantities.TryParseDuration(text, out var offset))
        {
            time = new(offset, default);
            return offset >= TimeSpan.Zero && offset <= Longest;
        }

        if (!DateTimeOffset.TryParseExact(
            text, Formats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var instant))
        {
            return false;
        }

        time = new(TimeSpan.Zero, new((instant - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick));
        return true;
    }
}

using System.Globalization;

namespace Parallax.Runs.Running;

/// <summary>Numbers as people read them.</summary>
/// <remarks>Thread safety: pure functions.</remarks>
public static class NumberText
{
    /// <summary>A count, with commas between thousands.</summary>
    public static string Count(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>A size in bytes, kB, MB or GB; each a thousand of the one before.</summary>
    public static string Size(long bytes) => bytes switch
    {
        < 10_000 => $"{Count(bytes)} bytes",
        < 10_000_000 => $"{Count(bytes / 1000)} kB",
        < 10_000_000_000 => $"{Count(bytes / 1_000_000)} MB",
        _ => $"{Count(bytes / 1_000_000_000)} GB",
    };

    /// <summary>A time in µs, ms or s.</summary>
    public static string Time(long nanoseconds) => nanoseconds switch
    {
        < 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{nanoseconds / 1e3:0} µs"),
        < 1_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{nanoseconds / 1e6:0.0} ms"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{nanoseconds / 1e9:0.00} s"),
    };

    /// <summary>A time that people set or wait for, in ms, s, min or h.</summary>
    public static string Span(TimeSpan time) => time.TotalSeconds switch
    {
        < 1 => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0} ms"),
        < 120 => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.#} s"),
        < 7200 => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMinutes:0.#} min"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{time.TotalHours:0.#} h"),
    };

    /// <summary>A time in µs, ms or s.</summary>
    public static string Time(TimeSpan time) => Time((long)time.TotalNanoseconds);
}

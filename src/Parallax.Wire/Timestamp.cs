using System.Globalization;

namespace Parallax.Wire;

/// <summary>An instant as a packet carries it: nanoseconds since 1970-01-01T00:00:00Z, never cut to a coarser unit.</summary>
/// <param name="Nanoseconds">Nanoseconds since the Unix epoch; 1677 to 2262. Zero means "not known".</param>
/// <remarks>Thread safety: an immutable value. It is the only clock the pure part of the program knows.</remarks>
public readonly record struct Timestamp(long Nanoseconds) : IComparable<Timestamp>
{
    /// <summary>Nanoseconds in a second.</summary>
    public const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>Later than any other.</summary>
    public static Timestamp Latest => new(long.MaxValue);

    /// <summary>False for the default value, which stands for "not known".</summary>
    public bool IsKnown => Nanoseconds != 0;

    /// <summary>The time stamp of a pcap record: whole seconds and a fraction already turned into nanoseconds.</summary>
    public static Timestamp FromParts(long seconds, long nanoseconds) =>
        new(unchecked((seconds * NanosecondsPerSecond) + nanoseconds));

    /// <summary>The time that passed since <paramref name="earlier"/>, in nanoseconds; negative when this one is the earlier one.</summary>
    public long Since(Timestamp earlier) => unchecked(Nanoseconds - earlier.Nanoseconds);

    /// <summary>The time that passed since <paramref name="earlier"/>, cut to the 100 ns of a <see cref="TimeSpan"/>.</summary>
    public TimeSpan Elapsed(Timestamp earlier) => TimeSpan.FromTicks(Since(earlier) / 100);

    /// <summary>The earlier of two; one that is not known is earlier than any.</summary>
    internal static Timestamp Earlier(Timestamp one, Timestamp other) => one < other ? one : other;

    /// <summary>The same instant for people and other libraries, cut to 100 ns.</summary>
    public DateTimeOffset ToDateTimeOffset() => DateTimeOffset.UnixEpoch.AddTicks(Nanoseconds / 100);

    /// <summary>The instant as text of RFC 3339 in UTC, cut to a microsecond: databases take no more digits for a time stamp.</summary>
    public string ToText() => ToDateTimeOffset().ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    public int CompareTo(Timestamp other) => Nanoseconds.CompareTo(other.Nanoseconds);

    /// <summary>True when <paramref name="left"/> is the earlier one.</summary>
    public static bool operator <(Timestamp left, Timestamp right) => left.Nanoseconds < right.Nanoseconds;

    /// <summary>True when <paramref name="left"/> is the later one.</summary>
    public static bool operator >(Timestamp left, Timestamp right) => left.Nanoseconds > right.Nanoseconds;

    /// <summary>True when <paramref name="left"/> is not the later one.</summary>
    public static bool operator <=(Timestamp left, Timestamp right) => left.Nanoseconds <= right.Nanoseconds;

    /// <summary>True when <paramref name="left"/> is not the earlier one.</summary>
    public static bool operator >=(Timestamp left, Timestamp right) => left.Nanoseconds >= right.Nanoseconds;
}

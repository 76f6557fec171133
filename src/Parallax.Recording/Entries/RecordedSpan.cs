using Parallax.Wire;

namespace Parallax.Recording.Entries;

/// <summary>A part of a recording in time; each end is given as a time after the recording's beginning or as an instant.</summary>
/// <remarks>Thread safety: an immutable value. The default is the whole recording.</remarks>
public readonly record struct RecordedSpan
{
    /// <summary>Nothing before this time after the beginning of the recording; zero by default.</summary>
    public TimeSpan From { get; init; }

    /// <summary>Nothing at or after this time after the beginning; null, the default, for no end.</summary>
    public TimeSpan? To { get; init; }

    /// <summary>Nothing before this instant; counts instead of <see cref="From"/> when it is known.</summary>
    public Timestamp FromInstant { get; init; }

    /// <summary>Nothing at or after this instant; counts instead of <see cref="To"/> when it is known.</summary>
    public Timestamp ToInstant { get; init; }

    /// <summary>True when where a recording begins has to be known.</summary>
    public bool IsRelative => (!FromInstant.IsKnown && From > TimeSpan.Zero) || (!ToInstant.IsKnown && To is not null);

    /// <summary>True when it is the whole recording.</summary>
    public bool IsUnbounded => !FromInstant.IsKnown && !ToInstant.IsKnown && From <= TimeSpan.Zero && To is null;

    /// <summary>The instants of recordings that begin then.</summary>
    /// <param name="begin">The instant; looked at only when <see cref="IsRelative"/>.</param>
    public TimeRange RangeFrom(Timestamp begin) => new(
        FromInstant.IsKnown ? FromInstant : From > TimeSpan.Zero ? After(begin, From) : default,
        ToInstant.IsKnown ? ToInstant : To is { } to ? After(begin, to) : default);

    private static Timestamp After(Timestamp begin, TimeSpan time) =>
        new((long)Int128.Min(long.MaxValue, begin.Nanoseconds + ((Int128)time.Ticks * TimeSpan.NanosecondsPerTick)));
}

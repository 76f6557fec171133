using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Parallax.Traffic.Policy;

/// <summary>Lets at most so many requests a second pass: a token bucket, kept as the one instant at which it would be full.</summary>
/// <remarks>
/// The bucket holds a tenth of a second's worth (at least one request): what is mirrored is then spread over the second and not sent in
/// its first moment. Thread safety: any thread; an attempt is one compare-and-swap. It keeps no clock: the caller says what time it is.
/// </remarks>
public sealed class RateLimit
{
    private const double NanosecondsPerSecond = 1e9;
    private const double BurstSeconds = 0.1;

    // The generic cell rate algorithm (ITU-T I.371): each request moves the instant on by one interval; one that finds it more than a
    // bucket ahead of now is refused.
    private readonly long _interval;
    private readonly long _bucket;
    private long _fullAt = long.MinValue / 2;

    /// <summary>Creates a limit with a full bucket.</summary>
    /// <param name="perSecond">Requests a second; above 0, up to 10 million. May be a fraction: 0.5 is one in two seconds.</param>
    /// <exception cref="ArgumentOutOfRangeException">Outside that range, or not a number.</exception>
    public RateLimit(double perSecond)
    {
        if (perSecond is not (> 0 and <= 10_000_000))
        {
            throw new ArgumentOutOfRangeException(nameof(perSecond), perSecond, "must be above 0, up to 10,000,000");
        }

        PerSecond = perSecond;
        _interval = (long)Math.Min(NanosecondsPerSecond / perSecond, long.MaxValue / 8);
        _bucket = Math.Max(_interval, (long)(NanosecondsPerSecond * BurstSeconds));
    }

    /// <summary>Requests a second.</summary>
    public double PerSecond { get; }

    /// <summary>Reads <c>N/s</c> or <c>N</c>.</summary>
    /// <param name="text">The flag's value.</param>
    /// <param name="limit">The limit; null when false is returned.</param>
    /// <param name="error">What is wrong and what would be right; null when true is returned.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out RateLimit? limit, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        var number = text.EndsWith("/s", StringComparison.Ordinal) ? text.AsSpan(0, text.Length - 2) : text;
        var read = double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var perSecond);
        var valid = read && perSecond is > 0 and <= 10_000_000;
        limit = valid ? new RateLimit(perSecond) : null;
        error = valid ? null : $"\"{text}\" is not a rate; write requests a second above 0, such as 100/s";
        return valid;
    }

    /// <summary>True when a request may pass now; it has then used its share up.</summary>
    /// <param name="now">Nanoseconds of any monotonic clock, always the same one.</param>
    public bool TryPass(long now)
    {
        while (true)
        {
            var fullAt = Volatile.Read(ref _fullAt);
            var next = Math.Max(fullAt, now) + _interval;
            if (next - now > _bucket)
            {
                return false;
            }

            if (Interlocked.CompareExchange(ref _fullAt, next, fullAt) == fullAt)
            {
                return true;
            }
        }
    }
}

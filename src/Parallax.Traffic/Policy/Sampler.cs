using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Parallax.Traffic.Policy;

/// <summary>Selects a share of the requests, as Envoy does: a request's draw is compared with a numerator in a million.</summary>
/// <param name="Numerator">How many of a million draws are selected; 0 to 1,000,000.</param>
/// <remarks>
/// The draw is made once for a request and shared by all mirrors (<see cref="SampleDraw"/>), so what a 10 % mirror receives a 20 % mirror
/// receives too. Thread safety: an immutable value.
/// </remarks>
public readonly record struct Sampler(int Numerator)
{
    /// <summary>Draws lie below this number.</summary>
    public const int Denominator = 1_000_000;

    private const int NumeratorOfOnePercent = 10_000;

    /// <summary>Selects every request.</summary>
    public static Sampler All { get; } = new(Denominator);

    /// <summary>The sampler for a percentage; what is smaller than a ten-thousandth of a percent is cut off, as Istio does.</summary>
    /// <param name="percent">0 to 100.</param>
    /// <exception cref="ArgumentOutOfRangeException">Outside 0 to 100, or not a number.</exception>
    public static Sampler OfPercent(double percent) => percent is >= 0 and <= 100
        ? new Sampler((int)(percent * NumeratorOfOnePercent))
        : throw new ArgumentOutOfRangeException(nameof(percent), percent, "must be 0 to 100");

    /// <summary>The share for people, such as <c>12.5 %</c>.</summary>
    public string ToPercent() => string.Create(CultureInfo.InvariantCulture, $"{Numerator * 100.0 / Denominator:0.####} %");

    /// <summary>Reads a percentage, with or without a percent sign.</summary>
    /// <param name="text">The flag's value: <c>50</c>, <c>0.5</c>, <c>12.5%</c>.</param>
    /// <param name="sampler">The sampler; selects nothing when false is returned.</param>
    /// <param name="error">What is wrong and what would be right; null when true is returned.</param>
    public static bool TryParse(string text, out Sampler sampler, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        var number = text.EndsWith('%') ? text.AsSpan(0, text.Length - 1) : text;
        var read = double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent);
        var valid = read && percent is >= 0 and <= 100;
        sampler = valid ? OfPercent(percent) : default;
        error = valid ? null : $"\"{text}\" is not a percentage; write a number from 0 to 100, such as 12.5";
        return valid;
    }

    /// <summary>True when a request with this draw is selected.</summary>
    public bool Selects(int draw) => draw < Numerator;
}

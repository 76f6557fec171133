using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Parallax.Cli.CommandLine;

/// <summary>An option with a default that help shows as people write it, and a range that is checked while the command line is read.
/// </summary>
internal sealed class Setting<T>
    where T : struct
{
    private readonly Func<T> _default;

    internal Setting(string name, string description, string kind, string defaultText, Func<T> byDefault, Func<ArgumentResult, T?> parse)
    {
        _default = byDefault;
        Option = new(name) { Description = $"{description} [{defaultText}]", HelpName = kind, CustomParser = parse };
    }

    public Option<T?> Option { get; }

    public T Of(ParseResult parsed) => parsed.GetValue(Option) ?? _default();

    /// <summary>True when the command line names the option.</summary>
    public bool IsGiven(ParseResult parsed) => parsed.GetResult(Option) is not null;
}

/// <summary>Makes settings of the three kinds there are.</summary>
internal static class Setting
{
    // Below what a timer takes (49 days).
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1000);

    /// <summary>A size in bytes, at least <paramref name="least"/>.</summary>
    public static Setting<long> Size(string name, string description, string byDefault, long least = 0)
    {
        _ = Quantities.TryParseSize(byDefault, out var bytes);
        return Size(name, description, byDefault, () => bytes, least);
    }

    /// <summary>The same with a default that follows from the machine, told in words.</summary>
    public static Setting<long> Size(string name, string description, string defaultText, Func<long> byDefault, long least = 0) =>
        new(name, description, "SIZE", defaultText, byDefault, result =>
            Quantities.TryParseSize(Text(result), out var size) && size >= least ? size
            : Refuse<long>(result, $"is not a size of {least} or more; write it like 64mb or 512k"));

    /// <summary>A duration, above zero unless <paramref name="mayBeZero"/>, and one that every timer can be set to.</summary>
    public static Setting<TimeSpan> Duration(
        string name, string description, string byDefault, bool mayBeZero = false, TimeSpan? most = null)
    {
        var longest = most ?? Longest;
        _ = Quantities.TryParseDuration(byDefault, out var time);
        return new(name, description, "TIME", byDefault, () => time, result =>
            TryDuration(Text(result), mayBeZero, longest, out var duration, out var error) ? duration : Refuse<TimeSpan>(result, error));
    }

    /// <summary>Reads a duration above zero that every timer can be set to.</summary>
    public static bool TryDuration(string text, out TimeSpan duration, [NotNullWhen(false)] out string? error)
    {
        var isRead = TryDuration(text, mayBeZero: false, Longest, out duration, out var why);
        error = isRead ? null : $"\"{text}\" {why}";
        return isRead;
    }

    private static bool TryDuration(
        string text, bool mayBeZero, TimeSpan longest, out TimeSpan duration, [NotNullWhen(false)] out string? error)
    {
        error = !Quantities.TryParseDuration(text, out duration) ? "is not a duration; write it like 250ms, 5s or 2m"
            : duration > longest ? $"is too long; {longest.TotalHours}h at most"
            : duration > TimeSpan.Zero || mayBeZero ? null
            : "is too short; it must be above zero";
        return error is null;
    }

    /// <summary>A whole number from 1 to <paramref name="most"/>; without a default, <paramref name="most"/> stands for "no bound".
    /// </summary>
    public static Setting<int> Count(string name, string description, int? byDefault, int most = int.MaxValue) =>
        Count(name, description, byDefault ?? most, byDefault?.ToString(CultureInfo.InvariantCulture) ?? "never", most);

    /// <summary>The same with a default that help tells in words.</summary>
    public static Setting<int> Count(string name, string description, int byDefault, string defaultText, int most) =>
        new(name, description, "N", defaultText, () => byDefault, result =>
            TryParse(Text(result), 1, most, out var count) ? count
            : Refuse<int>(result, most == int.MaxValue ? "is not a whole number from 1" : $"is not a whole number from 1 to {most}"));

    /// <summary>An option that takes any number of whole numbers from <paramref name="least"/> to <paramref name="most"/>, with commas
    /// between them or each by itself.</summary>
    public static Option<int[]> Numbers(string name, string description, int least, int most) => new(name)
    {
        Description = description,
        HelpName = "N[,N]",
        AllowMultipleArgumentsPerToken = true,
        CustomParser = result =>
        {
            var numbers = result.Tokens.SelectMany(token => token.Value.Split(',')).ToList();
            if (numbers.Find(text => !TryParse(text, least, most, out _)) is { } wrong)
            {
                result.AddError($"{name}: \"{wrong}\" is not a whole number from {least} to {most}");
                return [];
            }

            return [.. numbers.Select(text => int.Parse(text, CultureInfo.InvariantCulture))];
        },
    };

    private static bool TryParse(string text, int least, int most, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number >= least && number <= most;

    private static string Text(ArgumentResult result) => result.Tokens[0].Value;

    private static T? Refuse<T>(ArgumentResult result, string why)
        where T : struct
    {
        result.AddError($"{(result.Parent as OptionResult)?.Option.Name}: \"{Text(result)}\" {why}");
        return null;
    }
}

using System.CommandLine;
using System.Diagnostics.CodeAnalysis;

namespace Parallax.Cli.CommandLine;

/// <summary>Reads values of options that are more than numbers.</summary>
internal static class Parsing
{
    /// <summary>Reads a value or says what is wrong with it.</summary>
    internal delegate bool TryParse<T>(string text, [NotNullWhen(true)] out T? value, [NotNullWhen(false)] out string? error)
        where T : class;

    /// <summary>The value of an option; null when it is not given.</summary>
    /// <exception cref="UsageException">The value is not right.</exception>
    internal static T? Value<T>(Option option, string? text, TryParse<T> parse)
        where T : class => text is null ? null
        : parse(text, out var value, out var error) ? value
        : throw new UsageException($"{option.Name}: {error}");
}

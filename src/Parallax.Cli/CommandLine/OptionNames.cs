using System.CommandLine;

namespace Parallax.Cli.CommandLine;

/// <summary>The names of options that people are told of.</summary>
internal static class OptionNames
{
    /// <summary>The name and the other names of an option, without those of Windows and the old ones.</summary>
    public static IEnumerable<string> Of(Option option) =>
        option.Aliases.Prepend(option.Name).Where(name => !name.StartsWith('/') && !OldNames.AreOf(option, name));
}

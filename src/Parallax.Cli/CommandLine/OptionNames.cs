using System.CommandLine;

namespace Parallax.Cli.CommandLine;

/// <summary>The names of options that people are told of.</summary>
internal static class OptionNames
{
    /// <summary>The name and the other names of an option, without the old ones and those of Windows.</summary>
    public static IEnumerable<string> Of(Option option) =>
        option.Aliases.Prepend(option.Name).Where(name => !name.StartsWith('/') && name != "-?" && !OldNames.AreOf(option, name));
}

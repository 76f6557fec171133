using System.CommandLine.Help;
using System.Text.RegularExpressions;
using Parallax.Cli.CommandLine;
using Parallax.TestKit;

namespace Parallax.Cli.Tests.Documentation;

/// <summary>docs/configuration.md against the options the program has.</summary>
public partial class ConfigurationPageTests
{
    private static readonly string[] Page = File.ReadAllLines(Path.Combine(RealData.Root, "docs", "configuration.md"));

    public static TheoryData<string> Commands => [.. Program.CreateRoot().Subcommands.Select(command => command.Name)];

    [Theory]
    [MemberData(nameof(Commands))]
    public void Page_EveryCommand_NamesExactlyItsOptions(string name)
    {
        var options = Program.CreateRoot().Subcommands.Single(command => command.Name == name).Options;

        Assert.Equal(
            options.Where(option => option is not HelpOption && !option.Hidden).SelectMany(OptionNames.Of).Order(),
            Rows(name).SelectMany(row => NamesIn(row.Names)).Order());
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public void Page_EveryOption_HasValueAndDefaultOfTheHelp(string name)
    {
        foreach (var option in Program.CreateRoot().Subcommands.Single(command => command.Name == name).Options)
        {
            if (option is HelpOption || Rows(name).SingleOrDefault(row => NamesIn(row.Names).Contains(option.Name)) is not { } row)
            {
                continue;
            }

            Assert.Equal((option.Name, option.HelpName ?? "–"), (option.Name, row.Value.Trim('`')));
            if (Default().Match(option.Description ?? "") is { Success: true } inHelp)
            {
                Assert.Equal((option.Name, inHelp.Groups[1].Value), (option.Name, row.Default));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public void Page_EveryOption_StandsUnderTheHeadingOfTheHelp(string name)
    {
        var page = Program.CreatePages().All.Single(page => page.Command.Name == name);

        Assert.Equal(
            page.Groups.SelectMany(group => group.Options.Select(option => (group.Heading, option.Name))).OrderBy(each => each.Name),
            HeadingsAndNames(name).OrderBy(each => each.Name));
    }

    [Fact]
    public void Page_OldNames_AreThoseOfTheProgram() => Assert.Equal(
        OldNames.All.Select(each => $"| `{each.Command}` | `{each.Old}` | `{each.Now}` |"),
        Page.SkipWhile(line => line != "| command | old name | name |").Skip(2).TakeWhile(line => line.StartsWith('|')));

    private static IEnumerable<(string Heading, string Name)> HeadingsAndNames(string command)
    {
        var heading = "";
        foreach (var line in Section(command))
        {
            if (line.StartsWith("### ", StringComparison.Ordinal))
            {
                heading = line[4..];
            }
            else if (line.StartsWith("| `--", StringComparison.Ordinal))
            {
                yield return (heading, NamesIn(line.Split('|', StringSplitOptions.TrimEntries)[1]).First());
            }
        }
    }

    private static IEnumerable<string> Section(string command) => Page
        .SkipWhile(line => line != $"## {command}")
        .Skip(1)
        .TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal));

    private static IEnumerable<Row> Rows(string command) => Section(command)
        .Where(line => line.StartsWith("| `--", StringComparison.Ordinal))
        .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
        .Select(cells => new Row(cells[1], cells[2], cells[3]));

    private static IEnumerable<string> NamesIn(string cell) => cell.Split(", ").Select(name => name.Trim('`'));

    private sealed record Row(string Names, string Value, string Default);

    /// <summary>The default stands in brackets at the end of a description.</summary>
    [GeneratedRegex(@"\[([^\]]+)\]$")]
    private static partial Regex Default();
}

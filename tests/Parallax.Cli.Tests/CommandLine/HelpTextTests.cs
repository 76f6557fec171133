using Parallax.Cli.CommandLine;

namespace Parallax.Cli.Tests.CommandLine;

/// <summary>What <c>--help</c> shows.</summary>
public sealed class HelpTextTests
{
    public static TheoryData<string> Commands => [.. Program.CreatePages().All.Select(page => page.Command.Name)];

    [Theory]
    [MemberData(nameof(Commands))]
    public void Help_EveryLine_FitsIntoEightyColumns(string name) =>
        Assert.All(LinesOf(name), line => Assert.InRange(line.Length, 0, HelpText.Columns));

    [Theory]
    [MemberData(nameof(Commands))]
    public void Help_EveryOption_StandsInOneGroup(string name)
    {
        var page = PageOf(name);

        Assert.Equal(
            page.Command.Options.Except(page.Others).Where(option => !option.Hidden).Select(option => option.Name).Order(),
            page.Groups.SelectMany(group => group.Options).Select(option => option.Name).Order());
    }

    [Fact]
    public void Help_Rules_SayInOneLineHowTheyCombine() =>
        Assert.Contains(LinesOf("capture"), line => line.Contains("OR within a kind, AND between kinds", StringComparison.Ordinal));

    [Fact]
    public void Help_Capture_NamesSourceAndTargetFirst() =>
        Assert.Equal(
            ["Where packets come from:", "Where copies go:"],
            LinesOf("capture").Where(line => line is [>= 'A' and <= 'Z', .., ':']).Skip(1).Take(2));

    private static CommandPage PageOf(string name) => Program.CreatePages().All.Single(page => page.Command.Name == name);

    private static string[] LinesOf(string name)
    {
        var text = new StringWriter();
        HelpText.Write(text, PageOf(name));
        return text.ToString().Split('\n');
    }
}

using Parallax.Cli.CommandLine;

namespace Parallax.Cli.Tests.CommandLine;

/// <summary>Names that options had.</summary>
public sealed class OldNamesTests
{
    public static TheoryData<string, string, string> Names
    {
        get
        {
            var names = new TheoryData<string, string, string>();
            foreach (var (command, old, now) in OldNames.All)
            {
                names.Add(command, old, now);
            }

            return names;
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void OldName_Given_WorksAndSaysSoOnce(string command, string old, string now)
    {
        var page = Program.CreatePages().All.Single(page => page.Command.Name == command);
        var parsed = Program.CreateRoot().Parse([command, old, "true", old, "true"]);
        var given = Assert.Single(parsed.CommandResult.Children.OfType<System.CommandLine.Parsing.OptionResult>(), each => !each.Implicit);
        Assert.Equal((now, 2), (given.Option.Name, given.Tokens.Count));
        Assert.Equal(
            [$"warning: {old} is called {now} now; the old name goes with the next release"], OldNames.WarningsAbout(parsed));

        var help = new StringWriter();
        HelpText.Write(help, page);
        Assert.DoesNotMatch($"(?<![a-z-]){old}(?![a-z-])", help.ToString());
    }

    [Fact]
    public void OptionThatIsGone_Given_SaysWhy() => Assert.Equal(
        ["warning: --keep-sessions has no effect: sessions are kept unless --pooled is given; it goes with the next release"],
        OldNames.WarningsAbout(Program.CreateRoot().Parse(["replay", "a.plx", "--to", "http://a", "--keep-sessions"])));

    [Fact]
    public void PresentName_Given_SaysNothing() =>
        Assert.Empty(OldNames.WarningsAbout(Program.CreateRoot().Parse(["replay", "a.plx", "--pace", "1", "--", "--rate"])));

    [Fact]
    public void NameOfAnotherCommand_Given_SaysNothing() =>
        Assert.Empty(OldNames.WarningsAbout(
            Program.CreateRoot().Parse(["capture", "--timeout", "1s", "--filter", "tcp", "--rate", "1/s"])));
}

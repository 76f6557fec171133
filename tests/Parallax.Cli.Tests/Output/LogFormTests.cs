using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using Parallax.Cli.Output;
using Parallax.Cli.Tests.EndToEnd;
using Parallax.TestKit;

namespace Parallax.Cli.Tests.Output;

/// <summary>What stands before a line of the log.</summary>
public sealed class LogFormTests
{
    // Starts a program with a socket as its standard error, and says which one as systemd does.
    private const string InTheJournal = """
        import os, socket, subprocess, sys
        ours, theirs = socket.socketpair()
        state = os.fstat(theirs.fileno())
        environment = dict(os.environ, JOURNAL_STREAM=f"{state.st_dev}:{state.st_ino}")
        process = subprocess.Popen(sys.argv[1:], stderr=theirs, env=environment)
        theirs.close()
        print(ours.makefile().readline(), end="")
        process.terminate()
        process.wait()
        """;

    [Theory]
    [InlineData("8:42", "socket:[42]", true)]
    [InlineData("8:42", "socket:[43]", false)]
    [InlineData("8:42", "/var/log/parallax.log", false)]
    [InlineData("42", "socket:[42]", false)]
    [InlineData(null, "socket:[42]", false)]
    [InlineData("8:42", null, false)]
    public void IsJournal_OnlyTheSocketThatItGave(string? variable, string? stream, bool expected) =>
        Assert.Equal(expected, LogForm.IsJournal(variable, stream));

    [Fact]
    public async Task Pipe_LinesHaveTimeAndLevel()
    {
        using var primary = Sink.Open();
        using var parallax = RunningParallax.Start("proxy", "--listen", "127.0.0.1:0", "--primary", primary.Url);
        var line = await parallax.LineWith("listening at ");
        Assert.Matches(new Regex(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z info parallax: listening at "), line);
        await parallax.Stop();
    }

    [Fact]
    public async Task Journal_LinesHaveThePriorityAndNoTime()
    {
        using var primary = Sink.Open();
        using var python = RunningParallax.StartThrough(
            [Needs.Python(), "-c", InTheJournal, RunningParallax.Program], "proxy", "--listen", "127.0.0.1:0", "--primary", primary.Url);
        Assert.StartsWith("<6>parallax: listening at ", (await python.End()).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Line_OnATerminal_MarksWarningsThatDoNotSayIt()
    {
        var form = LogForm.OfTerminal;
        Assert.Equal("parallax: warning: a", form.Line(LogLevel.Warning, "a", isMarked: true));
        Assert.Equal("parallax: a", form.Line(LogLevel.Warning, "a", isMarked: false));
        Assert.Equal("parallax: a", form.Line(LogLevel.Error, "a", isMarked: true));
    }
}

using System.Diagnostics;
using Parallax.Cli.CommandLine;

namespace Parallax.Cli.Tests.EndToEnd;

/// <summary>The page of <c>parallax man</c>.</summary>
public sealed class ManualPageTests
{
    [Fact]
    public async Task Page_FormattedByGroff_HasNoWarningsAndEveryOption()
    {
        Assert.SkipUnless(
            (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, "groff"))),
            "groff is not installed");
        var (shown, warnings) = await Format(await Printed());

        Assert.Equal("", warnings);
        foreach (var option in Program.CreatePages().All.SelectMany(page => page.Groups).SelectMany(group => group.Options))
        {
            Assert.Contains(HelpText.NamesOf(option), shown, StringComparison.Ordinal);
        }

        Assert.Contains(@"parallax proxy -f istio/ --listen 80=8080", shown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Page_AsItIsPrinted_HasARequestForEachLineThatBeginsLikeOne()
    {
        var requests = (await Printed()).Split('\n').Where(line => line is ['.' or '\'', ..]).Select(line => line.Split(' ')[0]).Distinct();

        Assert.Empty(requests.Except([".TH", ".SH", ".SS", ".TP", ".B", ".br", ".PP", ".nf", ".fi", ".RS", ".RE"]));
    }

    private static async Task<string> Printed()
    {
        var ended = await RunningParallax.Run("man");
        Assert.Equal((0, ""), (ended.ExitCode, ended.Errors));
        return ended.Output;
    }

    private static async Task<(string Text, string Warnings)> Format(string page)
    {
        using var groff = Process.Start(new ProcessStartInfo("groff", ["-man", "-Tascii", "-P-cbou", "-ww", "-rLL=200n"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = groff.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = groff.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await groff.StandardInput.WriteAsync(page);
        groff.StandardInput.Close();
        return (await output, await errors);
    }
}

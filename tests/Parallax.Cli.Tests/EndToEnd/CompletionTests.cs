using System.Diagnostics;
using Parallax.Cli.CommandLine;

namespace Parallax.Cli.Tests.EndToEnd;

/// <summary>The scripts of <c>parallax completion</c>, in the shells they are for.</summary>
public sealed class CompletionTests : IDisposable
{
    private const string InBash = """
        source <("$1" completion bash) || exit
        COMP_WORDS=(parallax "${@:2}")
        COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 ))
        _parallax
        printf '%s\n' "${COMPREPLY[@]}"
        complete -p parallax >&2
        """;

    private const string InZsh = """
        autoload -U compinit && compinit -u -D && source <("$1" completion zsh) && print ${_comps[parallax]}
        """;

    private const string InFish = "$argv[1] completion fish | source; complete -C $argv[2]";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();

    public CompletionTests()
    {
        File.WriteAllText(Path.Combine(_folder.FullName, "day one.plx"), "");
        _folder.CreateSubdirectory("day two");
    }

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("replay", "rep")]
    [InlineData("validate", "help", "val")]
    [InlineData("zsh", "completion", "z")]
    [InlineData("--tsv", "inspect", "a.pcap", "--ts")]
    [InlineData("--to", "capture", "--vxlan", "--to")]
    [InlineData("", "capture", "--to", "")]
    [InlineData("", "replay", "a.plx", "--to-t")]
    [InlineData("", "nonsense", "")]
    [InlineData("@/day one.plx @/day two", "replay", "@/day")]
    [InlineData("@/day one.plx", "capture", "--pcap", "@/day o")]
    [InlineData("@/day two", "proxy", "--tls-dir", "@/")]
    public async Task Bash_Words_AreCompleted(string completed, params string[] words)
    {
        var shown = await Completed([.. words.Select(word => word.Replace("@", _folder.FullName, StringComparison.Ordinal))]);
        Assert.Equal(
            completed.Replace("@", _folder.FullName, StringComparison.Ordinal), string.Join(' ', shown.Order(StringComparer.Ordinal)));
    }

    [Fact]
    public async Task Bash_EveryCommand_OffersAllItsOptions()
    {
        foreach (var page in Program.CreatePages().All.Skip(1))
        {
            Assert.Equal(
                page.Command.Options.Concat(page.Others).Where(option => !option.Hidden).SelectMany(OptionNames.Of).Order(),
                (await Completed(page.Command.Name, "-")).Order());
        }
    }

    [Fact]
    public async Task Zsh_Script_IsTakenForParallax() =>
        Assert.Equal("_parallax", (await Run("zsh", "-f", "-c", InZsh, "zsh", RunningParallax.Program)).Trim());

    [Theory]
    [InlineData("replay", "parallax rep")]
    [InlineData("--pcap", "parallax capture --pc")]
    [InlineData("bash", "parallax completion b")]
    public async Task Fish_Line_IsCompleted(string completed, string line)
    {
        var shown = await Run("fish", "--no-config", "-c", InFish, RunningParallax.Program, line);
        Assert.Equal(completed, Assert.Single(shown.Split('\n', StringSplitOptions.RemoveEmptyEntries)).Split('\t')[0]);
    }

    [Fact]
    public async Task Shell_WithoutScript_IsRefused()
    {
        var ended = await RunningParallax.Run("completion", "tcsh");
        Assert.Equal((2, ""), (ended.ExitCode, ended.Output));
        Assert.Contains("there is no completion for tcsh; there are: bash, zsh, fish", ended.Errors, StringComparison.Ordinal);
    }

    private static async Task<string[]> Completed(params string[] words) =>
        (await Run("bash", ["--norc", "-c", InBash, "bash", RunningParallax.Program, .. words]))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static async Task<string> Run(string shell, params string[] arguments)
    {
        var path = Environment.GetEnvironmentVariable("PATH") ?? "";
        Assert.SkipUnless(path.Split(':').Any(folder => File.Exists(Path.Combine(folder, shell))), $"{shell} is not installed");
        using var process = Process.Start(new ProcessStartInfo(shell, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, await errors);
        return output;
    }
}

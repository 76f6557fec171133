using System.CommandLine.Parsing;
using System.Text.Json;
using System.Text.RegularExpressions;
using Parallax.Cli.CommandLine;
using Parallax.TestKit;

namespace Parallax.Cli.Tests.Deployment;

/// <summary>Every command line in deploy/ and in the pages of operations is one that the program accepts.</summary>
public sealed partial class CommandLinesTests
{
    private static readonly string Deploy = Path.Combine(RealData.Root, "deploy");

    public static TheoryData<string, string> Lines =>
    [
        .. Directory.EnumerateFiles(Deploy, "*.service").SelectMany(OfUnit)
            .Concat(OfDockerfile(Path.Combine(Deploy, "Dockerfile")))
            .Concat(Directory.EnumerateFiles(Path.Combine(Deploy, "kubernetes"), "*.yaml").SelectMany(OfManifest))
            .Concat(OfPage(Path.Combine(RealData.Root, "docs", "operations.md")))
            .Concat(OfPage(Path.Combine(RealData.Root, "docs", "deploying.md")))
            .Select(line => (Path.GetRelativePath(RealData.Root, line.File), line.Text)),
    ];

    [Theory]
    [MemberData(nameof(Lines))]
    public void Line_IsAccepted(string file, string line)
    {
        var parsed = Program.CreateRoot().Parse([.. CommandLineParser.SplitCommandLine(line)]);
        Assert.True(UsageText.Explain(parsed) is null && parsed.Errors.Count == 0, $"{file}: {line}: {UsageText.Explain(parsed)}");
    }

    [Fact]
    public void Lines_OfEachPlace_AreFound() => Assert.All(
        (string[])["parallax-proxy.service", "parallax-capture.service", "Dockerfile", "proxy.yaml", "capture-vxlan.yaml", "operations.md"],
        name => Assert.Contains(Lines, line => line.Data.Item1.EndsWith(name, StringComparison.Ordinal)));

    // Those that are proposed in a comment, too. systemd reads %% as %.
    private static IEnumerable<(string File, string Text)> OfUnit(string path) =>
        UnitLine().Matches(File.ReadAllText(path)).Select(match => (path, match.Groups[1].Value.Replace("%%", "%")));

    private static IEnumerable<(string File, string Text)> OfDockerfile(string path) =>
        ImageLine().Matches(File.ReadAllText(path))
            .Select(match => (path, string.Join(' ', JsonSerializer.Deserialize<string[]>(match.Groups[1].Value)!)));

    private static IEnumerable<(string File, string Text)> OfManifest(string path) =>
        Manifest.Read(path).SelectMany(manifest => manifest.Containers)
            .Select(container => (path, string.Join(' ', container.GetProperty("args").EnumerateArray().Select(each => each.GetString()))));

    // In blocks of code, to the end of the line or to a pipe; a line that ends with \ goes on.
    private static IEnumerable<(string File, string Text)> OfPage(string path) =>
        CodeBlock().Matches(File.ReadAllText(path).Replace("\\\n", " "))
            .SelectMany(block => PageLine().Matches(block.Value)).Select(match => (path, match.Groups[1].Value.Trim()));

    [GeneratedRegex(@"^#?ExecStart=\S+/parallax (.*)$", RegexOptions.Multiline)]
    private static partial Regex UnitLine();

    [GeneratedRegex(@"^CMD (\[.*\])$", RegexOptions.Multiline)]
    private static partial Regex ImageLine();

    [GeneratedRegex("^```.*?^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex CodeBlock();

    [GeneratedRegex(@"^(?:sudo |ExecStart=)?(?:[./\w]*/)?parallax ([^|>#\n]+)", RegexOptions.Multiline)]
    private static partial Regex PageLine();
}

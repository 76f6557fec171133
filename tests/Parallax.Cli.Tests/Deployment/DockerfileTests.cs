using System.Text.RegularExpressions;
using Parallax.TestKit;

namespace Parallax.Cli.Tests.Deployment;

/// <summary>deploy/Dockerfile, as far as it can be checked without an engine.</summary>
public sealed class DockerfileTests
{
    private static readonly string Text = File.ReadAllText(Path.Combine(RealData.Root, "deploy", "Dockerfile"));

    // A stage begins with FROM; a line that ends with \ goes on.
    private static readonly string[][] Stages =
        [.. Regex.Split(Text.Replace("\\\n", " "), "^(?=FROM )", RegexOptions.Multiline)
            .Where(part => part.StartsWith("FROM ", StringComparison.Ordinal))
            .Select(part => part.Split('\n', StringSplitOptions.RemoveEmptyEntries))];

    [Fact]
    public void Images_RunAsANumberThatIsNotRootAndEndByTheSignalThatParallaxKnows() => Assert.All(Stages[1..], stage =>
    {
        Assert.Matches("^USER [1-9][0-9]*:[1-9][0-9]*$", Assert.Single(stage, line => line.StartsWith("USER ")));
        Assert.Contains("STOPSIGNAL SIGTERM", stage);
        Assert.Contains("ENTRYPOINT [\"/usr/bin/parallax\"]", stage);
    });

    [Fact]
    public void Image_ByDefault_IsTheOneWithoutAShell() => Assert.Contains("chiseled", Stages[^1][0], StringComparison.Ordinal);

    [Fact]
    public void Copies_ComeFromAStageThatThereIsOrFromTheWholeSource()
    {
        var names = Stages.Select(stage => Regex.Match(stage[0], @" AS (\w+)$").Groups[1].Value).ToList();
        var copies = Stages.SelectMany(stage => stage).Where(line => line.StartsWith("COPY ")).ToList();
        var sources = copies.Select(line => Regex.Match(line, @"^COPY (?:--from=(\w+) /image/ /|\. \.)$")).ToList();
        Assert.All(sources, copy => Assert.True(copy.Success && (!copy.Groups[1].Success || names.Contains(copy.Groups[1].Value))));
        Assert.Contains("install -D artifacts/publish/parallax-*", Text, StringComparison.Ordinal);
        Assert.Contains(" /image/usr/bin/parallax", Text, StringComparison.Ordinal);
    }

    /// <summary>The command that builds it is one that eng/publish knows, for both architectures.</summary>
    [Theory]
    [InlineData("amd64", "linux-x64")]
    [InlineData("arm64", "linux-arm64")]
    public async Task Build_PublishesThePlatformOfTheImage(string architecture, string platform)
    {
        var command = Assert.Single(Stages[0], line => line.StartsWith("RUN "))["RUN ".Length..].Split("&&")[0];
        Assert.Contains("&& eng/publish \"$platform\"", Regex.Replace(Text, @"\\\s+", ""), StringComparison.Ordinal);
        Assert.Equal(platform, await Tool.OutputAsync("sh", "-c", $"TARGETARCH={architecture}; {command}; printf %s \"$platform\""));
        var help = await Tool.OutputAsync(Path.Combine(RealData.Root, "eng", "publish"), "--help");
        Assert.Contains($" {platform}", help, StringComparison.Ordinal);
    }

    [Fact]
    public void Context_HoldsWhatIsBuilt()
    {
        var left = File.ReadAllLines(Path.Combine(RealData.Root, "deploy", "Dockerfile.dockerignore"));
        Assert.DoesNotContain("src", left);
        Assert.DoesNotContain("eng", left);
        Assert.All(left.Where(line => line is not ['#', ..] and not "artifacts"), name =>
            Assert.True(Directory.Exists(Path.Combine(RealData.Root, name)), name));
    }
}

using Parallax.Cli.Tests.EndToEnd;
using Parallax.TestKit;

namespace Parallax.Cli.Tests.Deployment;

/// <summary>What eng/debian-package puts together, of an executable that stands in for the published one.</summary>
public sealed class DebianPackageTests : IDisposable
{
    private static readonly string[] Folders =
    [
        "usr/share/man/man1/parallax.1.gz", "usr/share/bash-completion/completions/parallax", "usr/share/zsh/vendor-completions/_parallax",
        "usr/share/fish/vendor_completions.d/parallax.fish", "usr/share/doc/parallax/changelog.gz", "usr/share/doc/parallax/copyright",
        "usr/share/doc/parallax/operations.md", "usr/share/doc/parallax/restarts.md", "lib/systemd/system/parallax-proxy.socket",
        "etc/logrotate.d/parallax",
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("parallax-deb-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Package_HasEachUnitAndPageAndShell()
    {
        var tree = await UnpackAsync();
        Assert.All(Folders, path => Assert.True(new FileInfo(Path.Combine(tree, path)).Length > 0, path));
        foreach (var unit in Directory.EnumerateFiles(Path.Combine(RealData.Root, "deploy"), "parallax-*.*").Select(Path.GetFileName))
        {
            var text = await File.ReadAllTextAsync(Path.Combine(tree, "lib/systemd/system", unit!), TestContext.Current.CancellationToken);
            Assert.DoesNotContain("/opt/parallax/parallax", text, StringComparison.Ordinal);
        }

        Assert.Equal("/etc/logrotate.d/parallax\n", await ReadAsync(tree, "DEBIAN/conffiles"));
        Assert.Equal($"{RunningParallaxVersion}\n", await Tool.OutputAsync("dpkg-deb", "--field", Package, "Version"));
    }

    [Theory]
    [InlineData("parallax-proxy.service")]
    [InlineData("parallax-capture.service")]
    public async Task Unit_StartsTheInstalledFileAndMayReadItsConfiguration(string name)
    {
        var unit = await ReadAsync(await UnpackAsync(), $"lib/systemd/system/{name}");
        Assert.Contains("\nExecStart=/usr/bin/parallax ", unit, StringComparison.Ordinal);
        Assert.Contains("\nDynamicUser=yes\nSupplementaryGroups=parallax\n", unit, StringComparison.Ordinal);
        Assert.Contains("\nDocumentation=man:parallax(1)\n", unit, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("postinst")]
    [InlineData("prerm")]
    [InlineData("postrm")]
    public async Task Script_IsOneThatTheShellReadsAndKnowsTheUnits(string name)
    {
        var tree = await UnpackAsync();
        await Tool.OutputAsync("sh", "-n", Path.Combine(tree, "DEBIAN", name));
        var script = await ReadAsync(tree, $"DEBIAN/{name}");
        Assert.DoesNotContain('@', script);
        Assert.Contains(" parallax-capture.service parallax-proxy.service", script, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Package_OfTheSameCommit_HasTheSameOctets()
    {
        await UnpackAsync();
        var first = await File.ReadAllBytesAsync(Package, TestContext.Current.CancellationToken);
        await BuildAsync();
        Assert.Equal(first, await File.ReadAllBytesAsync(Package, TestContext.Current.CancellationToken));
    }

    private static string RunningParallaxVersion => typeof(Program).Assembly.GetName().Version!.ToString(3);

    private string Package => Path.Combine(_folder, "parallax.deb");

    private static Task<string> ReadAsync(string tree, string path) =>
        File.ReadAllTextAsync(Path.Combine(tree, path), TestContext.Current.CancellationToken);

    private async Task<string> UnpackAsync()
    {
        await BuildAsync();
        var tree = Path.Combine(_folder, "tree");
        await Tool.OutputAsync("dpkg-deb", "--raw-extract", Package, tree);
        return tree;
    }

    private async Task BuildAsync()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/dpkg-deb"), "needs dpkg-deb");
        var (exitCode, _, errors) = await Tool.RunAsync(
            Path.Combine(RealData.Root, "eng", "debian-package"),
            [RunningParallax.Program, RunningParallaxVersion, "amd64", Package, RunningParallax.Program],
            ("SOURCE_DATE_EPOCH", "1700000000"));
        Assert.Equal((0, ""), (exitCode, errors));
    }
}

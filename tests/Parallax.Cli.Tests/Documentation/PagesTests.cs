using System.Reflection;
using System.Text.RegularExpressions;
using Parallax.Cli.Tests.House;
using Parallax.TestKit;

namespace Parallax.Cli.Tests.Documentation;

/// <summary>What every page promises: links lead somewhere, types that are named exist.</summary>
public partial class PagesTests
{
    private static readonly string[] Folders = ["docs", "samples"];

    public static TheoryData<string> Pages =>
    [
        .. Directory.EnumerateFiles(RealData.Root, "*.md")
            .Concat(Folders.SelectMany(
                folder => Directory.EnumerateFiles(Path.Combine(RealData.Root, folder), "*.md", SearchOption.AllDirectories)))
            .Select(path => Path.GetRelativePath(RealData.Root, path)),
    ];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Page_EveryRelativeLink_LeadsToAFile(string page)
    {
        var folder = Path.GetDirectoryName(Path.Combine(RealData.Root, page))!;
        var targets = Link().Matches(File.ReadAllText(Path.Combine(RealData.Root, page))).Select(match => match.Groups[1].Value);

        Assert.All(
            targets.Where(target => !target.Contains("://", StringComparison.Ordinal) && !target.StartsWith('#')),
            target => Assert.True(Path.Exists(Path.Combine(folder, target.Split('#')[0])), target));
    }

    [Fact]
    public void Architecture_EveryTypeNamed_Exists()
    {
        var known = Walls.References.Keys.Where(project => project != "Parallax.Cli")
            .Select(Assembly.Load)
            .Append(typeof(Program).Assembly)
            .SelectMany(assembly => assembly.GetTypes())
            .Select(type => type.Name.Split('`')[0])
            .ToHashSet();
        var page = File.ReadAllText(Path.Combine(RealData.Root, "docs", "architecture.md"));
        var named = TypeName().Matches(page).Select(match => match.Groups[1].Value);

        Assert.Empty(named.Except(known));
    }

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("`([A-Z][a-z]+[A-Za-z]*)`")]
    private static partial Regex TypeName();
}

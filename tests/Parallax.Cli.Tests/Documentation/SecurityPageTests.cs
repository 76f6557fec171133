using System.Text.RegularExpressions;
using Parallax.TestKit;

namespace Parallax.Cli.Tests.Documentation;

/// <summary>SECURITY.md against the tests that hold its promises.</summary>
public sealed partial class SecurityPageTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(RealData.Root, "SECURITY.md"));

    [Fact]
    public void Promises_NameTestsThatAreThere()
    {
        var there = Directory.EnumerateFiles(Path.Combine(RealData.Root, "tests"), "*Tests.cs", SearchOption.AllDirectories)
            .Select(Path.GetFileNameWithoutExtension).ToHashSet();
        var named = TestName().Matches(Page).Select(match => match.Groups[1].Value).Distinct().ToList();
        Assert.True(named.Count > 40);
        Assert.All(named, name => Assert.Contains(name, there));
    }

    [Fact]
    public void Promises_EachHaveATest() => Assert.All(
        Page.Split('\n').Where(line => line.StartsWith('|') && line.Count(octet => octet == '|') == 4
            && !line.StartsWith("|---", StringComparison.Ordinal) && !line.StartsWith("| threat |", StringComparison.Ordinal)),
        row => Assert.Matches(TestName(), row.Split('|')[3]));

    [GeneratedRegex("`([A-Z][A-Za-z]+Tests)`")]
    private static partial Regex TestName();
}

using System.Reflection;
using System.Text.RegularExpressions;
using Parallax.TestKit;

namespace Parallax.Proxy.Tests.Conformance;

/// <summary>What docs/conformance.md says about the tests of others: each row has a verdict, each test that is named exists, and each test
/// that was made after one of theirs is named.</summary>
public partial class ConformancePageTests
{
    private static readonly Type[] AfterOthers =
    [
        typeof(EnvoyShadowPolicyTests), typeof(EnvoyStreamingTests), typeof(IstioMirrorTests), typeof(GatewayMirrorTests),
        typeof(NginxMirrorTests), typeof(TraefikMirrorTests),
    ];

    private static readonly string[][] Rows =
    [
        .. File.ReadLines(Path.Combine(RealData.Root, "docs", "conformance.md"))
            .SkipWhile(line => line != "### Tests of others, and ours")
            .Where(line => line.StartsWith("| ", StringComparison.Ordinal) && !line.StartsWith("| their test", StringComparison.Ordinal))
            .Select(line => line.Trim('|', ' ').Split('|', StringSplitOptions.TrimEntries)),
    ];

    [Fact]
    public void Page_EveryRow_HasAVerdictAndATestOrAReason() => Assert.All(Rows, row =>
    {
        Assert.Matches(@"^pass|^turned round \(.+\)$|^not applicable \(.+\)$", row[1]);
        Assert.True(row.Length > 2 || row[1].StartsWith("not applicable", StringComparison.Ordinal), row[0]);
    });

    [Fact]
    public void Page_TestsThatAreNamed_AreTheTestsThereAre()
    {
        var named = Rows.SelectMany(row => Named().Matches(row[^1])).Select(match => match.Groups[1].Value).Distinct();
        const BindingFlags Own = BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly;
        var existing = AfterOthers.SelectMany(type => type.GetMethods(Own)
            .Where(method => method.GetCustomAttributes<FactAttribute>().Any())
            .Select(method => $"{type.Name}.{method.Name}"));

        Assert.Equal(existing.Order(StringComparer.Ordinal), named.Order(StringComparer.Ordinal));
    }

    // Envoy's 24, 9, 4 and the sandbox; Istio's 6; six of the Gateway API; nginx's 15, four of them with their logs in one row;
    // Traefik's 11.
    [Fact]
    public void Page_EveryTestOfOthers_HasARow() => Assert.Equal(24 + 9 + 4 + 4 + 6 + 6 + 11 + 11, Rows.Length);

    [GeneratedRegex("`([A-Za-z0-9_.]+)`")]
    private static partial Regex Named();
}

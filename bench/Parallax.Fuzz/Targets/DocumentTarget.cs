using Parallax.Documents;
using Parallax.Fuzz.Engine;
using Parallax.Proxy.Configuration.Loading;

namespace Parallax.Fuzz.Targets;

/// <summary>YAML documents of Istio and the Gateway API: findings with places, never an exception, and a configuration exactly when
/// nothing is an error.</summary>
internal static class DocumentTarget
{
    public static FuzzTarget Make() => new()
    {
        Name = "documents",
        Seeds = [.. SeedFiles.Ours("istio", "*.yaml"), .. SeedFiles.Real("yaml", "*.yaml", 40)],
        Words =
        [
            "\n", "\n  ", "\n    ", "\n- ", ": ", "- ", "{", "}", "[", "]", ", ", "&a ", "*a", "<<: *a", "|", ">-", "\"", "'", "? ",
            "---\n", "...\n", "!!binary ", "null", "~", "true", "-1", "0x10", "1e400", "99999999999999999999", "5s", "1h60m", "\t", "# ",
            "%YAML 1.2\n", "\u00ef\u00bb\u00bf", "kind: VirtualService", "kind: Gateway", "kind: HTTPRoute", "kind: DestinationRule",
            "kind: ServiceEntry", "spec:", "hosts: ['*']", "mirror:", "regex: '('", "weight: 100",
            "apiVersion: gateway.networking.k8s.io/v1", "namespace: a", "port: 70000", "name: a", "subset: v1",
            "percentage: {value: 101}", "[[[[[[[[", "!<:> ",
        ],
        Run = Run,
        MaxAllocatedPerOctet = 64 << 10,
        MaxTime = TimeSpan.FromSeconds(4),
    };

    private static void Run(byte[] input, Outcome outcome)
    {
        var loaded = ConfigurationLoader.Load(["-"], new() { StandardInput = new MemoryStream(input) });
        var hasErrors = false;
        foreach (var finding in loaded.Findings)
        {
            hasErrors |= finding.Severity == Severity.Error;
            outcome.Add(finding.Code);
            var line = finding.ToString();
            Require.That(line.Length is > 0 and < 4_000, $"a finding of {line.Length} characters");
            Require.That(!line.Any(char.IsControl), "a finding with a control character");
        }

        Require.That(hasErrors == loaded.Config is null, "a configuration with errors, or none without");
        outcome.AddCount(loaded.Documents);
    }
}

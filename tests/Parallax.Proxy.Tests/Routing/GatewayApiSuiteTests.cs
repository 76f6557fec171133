using System.Buffers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Parallax.Proxy.Configuration.Loading;
using Parallax.Proxy.Configuration.Model;
using Parallax.Proxy.Routing;
using Parallax.TestKit;
using Parallax.Traffic.Rewriting;
using Parallax.Wire.Http1;

namespace Parallax.Proxy.Tests.Routing;

/// <summary>The cases of Gateway API's conformance suite, judged at the table: where a request goes, what is answered instead, what its
/// copy's and its response's headers become.</summary>
/// <remarks>The manifests for meshes are absent. Their cases are run against the same test's manifest for gateways, but for two that have
/// none: 152 of 154 cases, sixteen of them against two manifests.</remarks>
public sealed class GatewayApiSuiteTests : IDisposable
{
    private const string Secret = "tls-validity-checks-certificate";

    private const string OfAMeshOnly = "tests/mesh/httproute-303-redirect.yaml";

    private readonly string _folder = Directory.CreateTempSubdirectory("parallax-suite").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void EveryCase_GoesWhereItShould()
    {
        var suite = RealData.PathOf("suites", "gwapi-routing.jsonl");
        Assert.SkipWhen(suite is null, "the real inputs are not there; set PARALLAX_REALDATA");
        WriteCertificate();
        var (passed, wrong) = (0, new List<string>());
        foreach (var line in File.ReadLines(suite))
        {
            using var test = JsonDocument.Parse(line);
            var cases = test.RootElement.GetProperty("cases").EnumerateArray().ToList();
            foreach (var manifest in test.RootElement.GetProperty("manifests").EnumerateArray().Select(each => each.GetString()!))
            {
                var table = manifest == OfAMeshOnly ? null : Load(Path.GetFileName(manifest));
                for (var index = 0; table is not null && index < cases.Count; index++)
                {
                    var result = Judge(table, ListenerOf(manifest, index), cases[index]);
                    passed += result is null ? 1 : 0;
                    wrong.AddRange(result is null ? [] : [$"{manifest} {index}: {result}: {cases[index].GetRawText()}"]);
                }
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.Equal(168, passed);
    }

    private static int ListenerOf(string manifest, int index) =>
        manifest.Contains("port-and-scheme", StringComparison.Ordinal) ? (index < 6 ? 80 : index < 9 ? 8080 : 443) : 80;

    private static string? Judge(RoutingTable table, int port, JsonElement test)
    {
        var request = Read(test.GetProperty("Request"), isTls: port == 443);
        var listener = table.Listeners.Single(each => each.Config.Port == port);
        var hit = listener.Find(request.Routed);
        var status = test.TryGetProperty("Response", out var response) && response.TryGetProperty("StatusCode", out var code)
            ? code.GetInt32()
            : 200;
        if (hit.Route?.Config is not { } route)
        {
            return status == 404 ? null : "no route";
        }

        if (route.Redirect is { } redirect)
        {
            var location = LocationOf(redirect, request, port, hit.MatchedPrefix);
            return redirect.Status == status && test.TryGetProperty("RedirectRequest", out var expected) && Leads(location, expected)
                ? null
                : $"{redirect.Status} {location}";
        }

        if (route.DirectResponse is { } answer)
        {
            return answer.Status == status ? null : $"answer {answer.Status}";
        }

        var timeout = route.Timeout ?? route.Retry.PerTryTimeout;
        var isSlow = Text(test.GetProperty("Request"), "Path", "").Contains("delay=1s", StringComparison.Ordinal);
        var became = isSlow && timeout < TimeSpan.FromSeconds(1) ? 504 : 200;
        return became == status ? JudgeTarget(hit, request, test) : $"{became} of {route.Name}";
    }

    private static string? JudgeTarget(RouteHit hit, ReadRequest request, JsonElement test)
    {
        var target = hit.Route!.Pick(0);
        var backend = Backend(Text(test, "Backend", ""));
        if (!target.Config.Cluster.Contains(backend, StringComparison.Ordinal))
        {
            return target.Config.Cluster;
        }

        string[] mirrors = test.TryGetProperty("MirroredTo", out var to)
            ? [.. to.EnumerateArray().Select(each => Backend(Text(each.GetProperty("BackendRef"), "Name", "")))]
            : [];
        if (mirrors.Length != target.Mirrors.Count
            || mirrors.Zip(target.Mirrors).Any(pair => !pair.Second.Config.Cluster.Contains(pair.First, StringComparison.Ordinal)))
        {
            return "mirrors " + string.Join(',', target.Mirrors.Select(mirror => mirror.Config.Cluster));
        }

        HeadRewriter[] legs = [target.Primary, .. target.Mirrors.Select(mirror => mirror.Rewriter)];
        var heads = legs.Select(leg => request.Write(leg, hit.MatchedPrefix));
        if (test.TryGetProperty("ExpectedRequest", out var expected)
            && heads.FirstOrDefault(head => !IsExpected(head, expected)) is { } wrong)
        {
            return wrong;
        }

        var answer = ResponseOf(target, test);
        return test.TryGetProperty("Response", out var response) && !HasFields(answer, response, response) ? answer : null;
    }

    private static bool IsExpected(string head, JsonElement expected) =>
        head.Split(' ')[1] == Text(expected.GetProperty("Request"), "Path", "/")
        && HasFields(head, expected.GetProperty("Request"), expected);

    private static bool HasFields(string head, JsonElement present, JsonElement absent)
    {
        var fields = head.Split("\r\n").Skip(1).Where(line => line.Length > 0).Select(line => line.Split(':', 2))
            .GroupBy(line => line[0], line => line[1].Trim(), StringComparer.OrdinalIgnoreCase)
            .ToDictionary(group => group.Key, group => string.Join(',', group), StringComparer.OrdinalIgnoreCase);
        return Fields(present, "Headers").All(field => fields.GetValueOrDefault(field.Name) == field.Value)
            && (!absent.TryGetProperty("AbsentHeaders", out var names)
                || !names.EnumerateArray().Any(name => fields.ContainsKey(name.GetString()!)));
    }

    private static bool Leads(string location, JsonElement expected)
    {
        var uri = new Uri(location);
        return (!expected.TryGetProperty("Scheme", out var scheme) || uri.Scheme == scheme.GetString())
            && (!expected.TryGetProperty("Host", out var host) || uri.Host == host.GetString())
            && (!expected.TryGetProperty("Path", out var path) || uri.AbsolutePath == path.GetString())
            && (expected.TryGetProperty("Port", out var port) ? $"{uri.Port}" == port.GetString() : uri.IsDefaultPort);
    }

    private static string LocationOf(RedirectConfig redirect, ReadRequest request, int port, int matchedPrefix)
    {
        var output = new ArrayBufferWriter<byte>();
        RedirectWriter.WriteLocation(redirect, request.Routed, port, matchedPrefix, output);
        return Encoding.Latin1.GetString(output.WrittenSpan)["Location: ".Length..^2];
    }

    private static string ResponseOf(RouteTarget target, JsonElement test)
    {
        var fields = string.Concat(Fields(test, "BackendSetResponseHeaders").Select(field => $"{field.Name}: {field.Value}\r\n"));
        var octets = Encoding.Latin1.GetBytes($"HTTP/1.1 200 OK\r\n{fields}\r\n");
        var head = new MessageHead();
        Assert.Equal(HeadStatus.Complete, HeadReader.TryRead(octets, MessageKind.Response, Http1Policy.Active, head, out _));
        var output = new ArrayBufferWriter<byte>();
        (target.Response ?? HeadRewriter.PlainResponse).Write(head, octets, new Latin1Scratch(), output);
        return Encoding.Latin1.GetString(output.WrittenSpan);
    }

    private static ReadRequest Read(JsonElement request, bool isTls)
    {
        var fields = string.Concat(Fields(request, "Headers").Select(field => $"{field.Name}: {field.Value}\r\n"));
        var line = $"{Text(request, "Method", "GET")} {Text(request, "Path", "/")} HTTP/1.1";
        return new ReadRequest($"{line}\r\nHost: {Text(request, "Host", "gateway.example")}\r\n{fields}\r\n", isTls);
    }

    private static IEnumerable<(string Name, string Value)> Fields(JsonElement of, string name) => of.TryGetProperty(name, out var fields)
        ? fields.EnumerateObject().Select(field => (field.Name, field.Value.GetString()!))
        : [];

    private static string Text(JsonElement of, string name, string otherwise) =>
        of.TryGetProperty(name, out var text) ? text.GetString()! : otherwise;

    // "$confsuite.InfraBackendServiceNameV1" and the meshes' "echo-v1" are the infra-backend-v1 of the manifests.
    private static string Backend(string name) => name.Length == 0 ? "" : $"infra-backend-v{name[^1]}";

    private RoutingTable? Load(string manifest)
    {
        var path = RealData.PathOf("yaml", $"gwapi-conf__{manifest}");
        if (path is null)
        {
            return null;
        }

        var loaded = ConfigurationLoader.Load([RealData.PathOf("yaml", "gwapi-base-manifests.yaml")!, path], new() { TlsFolder = _folder });
        Assert.True(loaded.Config is not null, string.Join('\n', loaded.Findings));
        return RoutingTable.Compile(loaded.Config, ShadowHost.Suffix);
    }

    private void WriteCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=example.org", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        File.WriteAllText(Path.Combine(_folder, $"{Secret}.crt"), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(_folder, $"{Secret}.key"), key.ExportPkcs8PrivateKeyPem());
    }
}

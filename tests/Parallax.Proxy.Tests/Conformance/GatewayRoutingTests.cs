using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Parallax.Proxy.Configuration.Loading;
using Parallax.Proxy.Configuration.Model;
using Parallax.Proxy.Tests.Configuration;
using Parallax.Proxy.Tests.Serving;
using Parallax.TestKit;

namespace Parallax.Proxy.Tests.Conformance;

/// <summary>The requests of the Gateway API's conformance tests: their manifests through the loader, real sockets, backends that answer
/// with their name and what they saw.</summary>
public sealed class GatewayRoutingTests(ITestOutputHelper output) : IDisposable
{
    private const string Certificate = "tls-validity-checks-certificate";
    private const string OfAMeshOnly = "tests/mesh/httproute-303-redirect.yaml";

    // The documents' sockets; each Gateway has an address of its own, for which the system chooses the port.
    private static readonly string[] Sockets =
    [
        "same-namespace:80=127.0.0.1:0", "all-namespaces:80=127.0.0.2:0", "backend-namespaces:80=127.0.0.3:0",
        "same-namespace-with-https-listener:443=127.0.0.4:0", "same-namespace-with-http-listener-on-8080:8080=127.0.0.5:0",
        "http-listener-isolation:80=127.0.0.6:0", "http-listener-isolation-with-hostname-intersection:80=127.0.0.7:0",
        "httproute-hostname-intersection:80=127.0.0.8:0", "httproute-hostname-intersection-all:80=127.0.0.9:0",
    ];

    private static readonly string[] Services = ["infra-backend-v1", "infra-backend-v2", "infra-backend-v3"];

    private readonly DirectoryInfo _certificates = Directory.CreateTempSubdirectory("parallax-gateway");
    private readonly ConcurrentDictionary<(int Case, string Service), RawMessage> _seen = [];
    private readonly TaskCompletionSource _anyTimedOut = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private readonly List<string> _failures = [];

    public static TheoryData<string, int, int> Tests => new()
    {
        { "gateway-http-listener-isolation", 16, 0 },
        { "httproute-303-redirect", 1, 0 },
        { "httproute-307-redirect", 1, 1 },
        { "httproute-308-redirect", 1, 1 },
        { "httproute-exact-path-matching", 6, 0 },
        { "httproute-header-matching", 11, 0 },
        { "httproute-hostname-intersection", 2, 0 },
        { "httproute-omitted-backendrefs", 3, 0 },
        { "httproute-path-match-order", 6, 0 },
        { "httproute-query-param-matching", 19, 15 },
        { "httproute-redirect-path", 6, 6 },
        { "httproute-redirect-port-and-scheme", 15, 0 },
        { "httproute-request-header-modifier", 7, 7 },
        { "httproute-request-mirror", 2, 0 },
        { "httproute-response-header-modifier", 8, 0 },
        { "httproute-rewrite-path", 6, 6 },
        { "httproute-timeout-backend-request", 3, 0 },
        { "httproute-timeout-request", 3, 0 },
    };

    /// <summary>The cases of one conformance test, at once and each at the Gateways its test sends it to; then those of the same test for
    /// meshes, which the same manifest serves as well.</summary>
    [Theory]
    [MemberData(nameof(Tests))]
    public async Task EveryCase_IsRoutedAsTheSpecificationSays(string test, int count, int meshCount)
    {
        var suite = ReadSuite().Where(item => item.Name == test && HasManifest(item)).ToList();
        foreach (var item in suite)
        {
            await RunAsync(item, suite[0].Manifests);
        }

        var total = suite.Sum(item => item.Cases.Count);
        output.WriteLine($"{test}: {total - _failures.Count} of {total}");
        Assert.Empty(_failures);
        Assert.Equal(count + meshCount, total);
    }

    /// <summary>What is not sent: two cases of the mesh for which there is no manifest.</summary>
    [Fact]
    public void EveryCase_IsSentWhereThereIsAManifest()
    {
        var suite = ReadSuite();
        Assert.Equal(154, suite.Sum(item => item.Cases.Count));
        Assert.Equal(
            ["httproute-303-redirect", "mesh-basic"],
            suite.Where(item => !HasManifest(item)).Select(item => item.Name));
        Assert.Equal(152, Tests.Sum(row => row.Data.Item2 + row.Data.Item3));
        output.WriteLine("154 cases: 152 sent; httproute-303-redirect and mesh-basic of the mesh have no manifest among the data");
    }

    public void Dispose() => _certificates.Delete(recursive: true);

    private static List<SuiteTest> ReadSuite()
    {
        var path = RealData.PathOf("suites", "gwapi-routing.jsonl");
        Assert.SkipWhen(path is null, "the suite gwapi-routing.jsonl is not there; set PARALLAX_REALDATA");
        return [.. File.ReadLines(path).Select(line =>
        {
            var item = JsonDocument.Parse(line).RootElement;
            var manifests = item.GetProperty("manifests").EnumerateArray().Select(each => each.GetString()!).ToList();
            return new SuiteTest(
                item.GetProperty("test").GetString()!,
                manifests,
                [.. item.GetProperty("cases").EnumerateArray().Select(GatewayRoutingCase.Read)]);
        })];
    }

    private static bool HasManifest(SuiteTest item) => item.Manifests.Count > 0 && item.Manifests[0] != OfAMeshOnly;

    private async Task RunAsync(SuiteTest test, IReadOnlyList<string> manifests)
    {
        _seen.Clear();
        var backends = Services.ToDictionary(name => name, name => Backend(name, test.Cases));
        await using (var rig = new ProxyRig(Load(manifests, backends)))
        {
            await Task.WhenAll(test.Cases.SelectMany(
                each => GatewaysOf(test.Name, each.Number), (each, gateway) => SendAsync(rig, gateway, each)));
        }

        // Copies have arrived at the latest now.
        foreach (var item in test.Cases)
        {
            CheckBackends(item);
        }

        foreach (var backend in backends.Values)
        {
            backend.Dispose();
        }
    }

    // What the file of the suite does not say: which Gateway a case is sent to.
    private static IEnumerable<string> GatewaysOf(string test, int number) => test switch
    {
        "gateway-http-listener-isolation" => ["127.0.0.6", "127.0.0.7"],
        "httproute-hostname-intersection" => ["127.0.0.8"],
        "httproute-redirect-port-and-scheme" => [number < 6 ? "127.0.0.1" : number < 9 ? "127.0.0.5" : "127.0.0.4"],
        _ => ["127.0.0.1"],
    };

    private ProxyConfig Load(IEnumerable<string> manifests, Dictionary<string, TestServer> backends)
    {
        using var key = ECDsa.Create();
        var request = new CertificateRequest("CN=example.org", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue);
        File.WriteAllText(Path.Combine(_certificates.FullName, Certificate + ".crt"), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(_certificates.FullName, Certificate + ".key"), key.ExportPkcs8PrivateKeyPem());
        var files = manifests.Select(manifest => $"gwapi-conf__{Path.GetFileName(manifest)}").Prepend("gwapi-base-manifests.yaml");
        var loaded = ConfigurationLoader.Load([.. files.Select(file => RealData.PathOf("yaml", file)!)], new LoadOptions
        {
            Endpoints = Loading.Resolving([.. backends.Select(each => $"{each.Key}={each.Value.Address}")]).Endpoints,
            Listeners = Loading.Listening(Sockets),
            TlsFolder = _certificates.FullName,
        });
        Assert.True(loaded.Config is not null, string.Join('\n', loaded.Findings));
        return loaded.Config;
    }

    // A request that asks for a delay is answered when another one has met its time limit.
    private TestServer Backend(string name, IReadOnlyList<GatewayRoutingCase> cases) => new(async wire =>
    {
        while (await wire.ReadAsync() is { } request)
        {
            var number = int.Parse(request["x-case"]!, System.Globalization.CultureInfo.InvariantCulture);
            _seen[(number, name)] = request;
            if (request.Line.Contains("delay=", StringComparison.Ordinal))
            {
                await _anyTimedOut.Task;
            }

            var headers = string.Concat(cases[number].BackendHeaders.Select(header => $"{header.Key}: {header.Value}\r\n"));
            await wire.WriteAsync($"HTTP/1.1 200 OK\r\nX-Backend: {name}\r\n{headers}Content-Length: 0\r\n\r\n");
        }
    });

    private async Task SendAsync(ProxyRig rig, string gateway, GatewayRoutingCase item)
    {
        var at = rig.Config.Listeners.Index().First(each => each.Item.Address.Address.ToString() == gateway);
        using var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            SslOptions = new() { RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate?.Subject == "CN=example.org" },
            ConnectCallback = async (_, cancellationToken) =>
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(rig.Server.Addresses[at.Index], cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        using var client = new HttpClient(handler);
        var scheme = at.Item.IsTls ? "https" : "http";
        using var request = new HttpRequestMessage(new HttpMethod(item.Method), new Uri($"{scheme}://{item.Host}{item.Path}"));
        request.Headers.Add("x-case", $"{item.Number}");
        foreach (var (name, value) in item.Headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        if ((int)response.StatusCode == 504)
        {
            _anyTimedOut.TrySetResult();
        }

        CheckResponse(item, scheme, response);
    }

    private void CheckResponse(GatewayRoutingCase item, string scheme, HttpResponseMessage response)
    {
        Check(item, "status", item.Redirect is { } && item.Status == 200 ? 302 : item.Status, (int)response.StatusCode);
        Check(item, "backend", item.Backend, item.Backend is null ? null : string.Concat(Values(response, "x-backend")));
        foreach (var (name, value) in item.ResponseHeaders)
        {
            Check(item, name, value, string.Join(',', Values(response, name)));
        }

        foreach (var name in item.AbsentResponseHeaders)
        {
            Check(item, name, "", string.Join(',', Values(response, name)));
        }

        if (item.Redirect is { } redirect)
        {
            var location = response.Headers.Location is { } relative ? new Uri(new Uri($"{scheme}://{item.Host}"), relative) : new("none:");
            Check(item, "scheme", redirect.GetValueOrDefault("Scheme", location.Scheme), location.Scheme);
            Check(item, "host", redirect.GetValueOrDefault("Host", location.Host), location.Host);
            Check(item, "port", redirect.GetValueOrDefault("Port", location.Scheme == "https" ? "443" : "80"), $"{location.Port}");
            Check(item, "path", redirect.GetValueOrDefault("Path", item.Path), location.AbsolutePath);
        }
    }

    private void CheckBackends(GatewayRoutingCase item)
    {
        foreach (var service in item.MirroredTo.Concat(item.Backend is { } backend ? [backend] : []))
        {
            if (!_seen.TryGetValue((item.Number, service), out var seen))
            {
                Check(item, service, "a request", "none");
                continue;
            }

            Check(item, $"path at {service}", item.SeenPath, seen.Line.Split(' ')[1]);
            foreach (var (name, value) in item.SeenHeaders)
            {
                Check(item, $"{name} at {service}", value, string.Join(',', seen.Values(name)));
            }

            foreach (var name in item.UnseenHeaders)
            {
                Check(item, $"{name} at {service}", "", string.Join(',', seen.Values(name)));
            }
        }
    }

    private void Check<T>(GatewayRoutingCase item, string what, T expected, T actual)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, actual))
        {
            lock (_gate)
            {
                _failures.Add($"case {item.Number} ({item.Host}{item.Path}): {what} is {actual}, not {expected}");
            }
        }
    }

    private static IEnumerable<string> Values(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) || response.Content.Headers.TryGetValues(name, out values) ? values : [];

    /// <summary>One conformance test.</summary>
    private sealed record SuiteTest(string Name, IReadOnlyList<string> Manifests, IReadOnlyList<GatewayRoutingCase> Cases);
}

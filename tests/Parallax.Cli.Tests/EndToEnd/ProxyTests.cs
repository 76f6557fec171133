using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Parallax.TestKit;

namespace Parallax.Cli.Tests.EndToEnd;

/// <summary><c>parallax proxy</c> as a user starts it.</summary>
public sealed class ProxyTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("parallax-proxy").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Quick_ForwardsAndMirrors_AndTheAccountAddsUp()
    {
        using var primary = Sink.Open();
        using var shadow = Sink.Open();
        var log = Path.Combine(_folder, "access.log");
        using var parallax = RunningParallax.Start(
            "proxy", "--listen", "127.0.0.1:0", "--primary", primary.Url, "--mirror", shadow.Url, "--access-log", log, "--json");
        var address = await AddressAsync(parallax);
        using var client = new HttpClient();
        for (var time = 0; time < 10; time++)
        {
            using var body = new StringContent("abc");
            using var response = await client.PostAsync($"http://{address}/{time}", body, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        await shadow.Receive(10);
        var ended = await parallax.Stop();
        Assert.Equal(0, ended.ExitCode);
        using var account = JsonDocument.Parse(ended.Lines[^1]);
        var mirror = account.RootElement.GetProperty("mirrors")[0];
        Assert.Equal(10, account.RootElement.GetProperty("proxy").GetProperty("answeredByClass").GetProperty("2xx").GetInt32());
        var copies = Assert.Single(account.RootElement.GetProperty("shadows").EnumerateArray());
        Assert.Equal((10, 10, 0), (
            mirror.GetProperty("received").GetInt32(),
            copies.GetProperty("answeredByClass").GetProperty("2xx").GetInt32(),
            mirror.GetProperty("unexplained").GetInt32()));
        var entries = File.ReadLines(log).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal(20, entries.Count);
        Assert.All(entries.GroupBy(entry => entry.GetProperty("requestId").GetString()), pair =>
            Assert.Equal(["copy", "request"], pair.Select(entry => entry.GetProperty("kind").GetString()).Order()));
    }

    [Fact]
    public async Task Documents_AreServed_AndReadAnewOnHangUp()
    {
        using var primary = Sink.Open();
        using var shadow = Sink.Open();
        var file = Path.Combine(_folder, "mirror.yaml");
        await File.WriteAllTextAsync(file, Documents(mirror: ""), TestContext.Current.CancellationToken);
        using var parallax = RunningParallax.Start(
            "proxy", "-f", file, "--listen", "80=127.0.0.1:0",
            "--resolve", $"app:8000=127.0.0.1:{primary.Port}", "--resolve", $"next:8000=127.0.0.1:{shadow.Port}");
        var address = await AddressAsync(parallax);
        using var client = new HttpClient();
        await client.GetStringAsync($"http://{address}/before", TestContext.Current.CancellationToken);
        var mirror = Documents("    mirror: {host: next, port: {number: 8000}}\n");
        await File.WriteAllTextAsync(file, mirror, TestContext.Current.CancellationToken);
        await parallax.Signal("HUP");
        await parallax.LineWith("new configuration in force");
        await client.GetStringAsync($"http://{address}/after", TestContext.Current.CancellationToken);
        await shadow.Receive(1);
        Assert.Equal(["/after"], shadow.Targets);

        await File.WriteAllTextAsync(file, "kind: VirtualService\nspec: {htpp: []}\n", TestContext.Current.CancellationToken);
        await parallax.Signal("HUP");
        await parallax.LineWith("stays in force");
        await client.GetStringAsync($"http://{address}/still", TestContext.Current.CancellationToken);
        Assert.Equal(0, (await parallax.Stop()).ExitCode);
    }

    [Fact]
    public async Task Reload_SaysWhatChangedAndCountsWarningsThatWereThereBefore()
    {
        using var primary = Sink.Open();
        var file = Path.Combine(_folder, "mirror.yaml");
        static string Mirrored(int percent) => Documents(
            $"    mirror: {{host: app, port: {{number: 8000}}}}\n    mirrorPercentage: {{value: {percent}}}\n  exportTo: [.]\n");
        await File.WriteAllTextAsync(file, Mirrored(25), TestContext.Current.CancellationToken);
        using var parallax = RunningParallax.Start(
            "proxy", "-f", file, "--listen", "80=127.0.0.1:0", "--resolve", $"app:8000=127.0.0.1:{primary.Port}");
        await parallax.LineWith("warning");
        await AddressAsync(parallax);
        await File.WriteAllTextAsync(file, Mirrored(50), TestContext.Current.CancellationToken);
        await parallax.Signal("HUP");
        Assert.EndsWith(" 25 % -> 50 %; warnings as before (1)", await parallax.LineWith("new configuration in force"));
        var ended = await parallax.Stop();
        Assert.Single(ended.Errors.Split('\n'), line => line.Contains("exportTo"));
    }

    [Fact]
    public async Task TwoMirrorsOfOneCluster_ShowItsCopiesOnce()
    {
        using var primary = Sink.Open();
        using var shadow = Sink.Open();
        using var parallax = RunningParallax.Start(
            "proxy", "--listen", "127.0.0.1:0", "--primary", primary.Url, "--mirror", shadow.Url, "--mirror", shadow.Url, "--json");
        var address = await AddressAsync(parallax);
        using var client = new HttpClient();
        await client.GetStringAsync($"http://{address}/", TestContext.Current.CancellationToken);
        await shadow.Receive(2);
        using var account = JsonDocument.Parse((await parallax.Stop()).Lines[^1]);
        var mirrors = account.RootElement.GetProperty("mirrors").EnumerateArray();
        Assert.Equal([1, 1], mirrors.Select(each => each.GetProperty("offered").GetInt32()));
        var copies = Assert.Single(account.RootElement.GetProperty("shadows").EnumerateArray());
        Assert.Equal(2, copies.GetProperty("offered").GetInt32());
    }

    [Fact]
    public async Task Endpoints_ThatChange_AreNoticed()
    {
        using var first = Sink.Open();
        using var second = Sink.Open();
        var file = Path.Combine(_folder, "app.yaml");
        var endpoints = Path.Combine(_folder, "endpoints.txt");
        await File.WriteAllTextAsync(file, Documents(mirror: ""), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(endpoints, EndpointAt(first), TestContext.Current.CancellationToken);
        using var parallax = RunningParallax.Start("proxy", "-f", file, "--listen", "80=127.0.0.1:0", "--endpoints", endpoints, "--watch");
        var address = await AddressAsync(parallax);
        await File.WriteAllTextAsync(endpoints, EndpointAt(second) + "\n", TestContext.Current.CancellationToken);
        await parallax.LineWith("new configuration in force");
        using var client = new HttpClient();
        await client.GetStringAsync($"http://{address}/after", TestContext.Current.CancellationToken);
        await second.Receive(1);
        Assert.Equal(0, (await parallax.Stop()).ExitCode);
    }

    [Fact]
    public async Task SocketThatIsTaken_LeavesRoutesAndClustersAsTheyWere()
    {
        using var first = Sink.Open();
        using var second = Sink.Open();
        var file = Path.Combine(_folder, "app.yaml");
        var endpoints = Path.Combine(_folder, "endpoints.txt");
        await File.WriteAllTextAsync(file, Documents(mirror: ""), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(endpoints, EndpointAt(first), TestContext.Current.CancellationToken);
        using var parallax = RunningParallax.Start(
            "proxy", "-f", file, "--listen", "80=127.0.0.1:0", "--listen", $"81=127.0.0.1:{second.Port}", "--endpoints", endpoints);
        var address = await AddressAsync(parallax);
        await File.WriteAllTextAsync(endpoints, EndpointAt(second), TestContext.Current.CancellationToken);
        var twoPorts = Documents(mirror: "").Replace(
            "  servers:\n",
            "  servers:\n  - port: {number: 81, name: other, protocol: HTTP}\n    hosts: ['*']\n",
            StringComparison.Ordinal);
        await File.WriteAllTextAsync(file, twoPorts, TestContext.Current.CancellationToken);
        await parallax.Signal("HUP");
        await parallax.LineWith("what was in force stays in force");
        using var client = new HttpClient();
        await client.GetStringAsync($"http://{address}/after", TestContext.Current.CancellationToken);
        await first.Receive(1);
        Assert.Equal(["/after"], first.Targets);
        Assert.Equal(0, (await parallax.Stop()).ExitCode);
    }

    [Fact]
    public async Task Quick_ServesTls()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(TimeProvider.System.GetUtcNow(), TimeProvider.System.GetUtcNow().AddDays(1));
        var (crt, pem) = (Path.Combine(_folder, "a.crt"), Path.Combine(_folder, "a.key"));
        await File.WriteAllTextAsync(crt, certificate.ExportCertificatePem(), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(pem, key.ExportPkcs8PrivateKeyPem(), TestContext.Current.CancellationToken);
        using var primary = Sink.Open();
        using var parallax = RunningParallax.Start(
            "proxy", "--listen", "127.0.0.1:0", "--primary", primary.Url, "--tls-cert", crt, "--tls-key", pem);
        var address = await AddressAsync(parallax);
        using var handler = new HttpClientHandler
        {
            ServerCertificateCustomValidationCallback = (_, shown, _, _) => shown!.Thumbprint == certificate.Thumbprint,
        };
        using var client = new HttpClient(handler);
        await client.GetStringAsync($"https://{address}/", TestContext.Current.CancellationToken);
        Assert.Equal(0, (await parallax.Stop()).ExitCode);
    }

    [Theory]
    [InlineData("--tls-key", "proxy", "--primary", "http://127.0.0.1:1", "--tls-cert", "a.crt")]
    [InlineData("--tls-cert", "proxy", "--primary", "http://127.0.0.1:1", "--tls-cert", "a.crt", "--tls-key", "a.key")]
    [InlineData("--primary", "proxy")]
    [InlineData("--file", "proxy", "--primary", "http://127.0.0.1:1", "-f", "x.yaml")]
    [InlineData("--access-log-format", "proxy", "--primary", "http://127.0.0.1:1", "--access-log-format", "json")]
    public async Task WrongOptions_AreNamed(string named, params string[] arguments)
    {
        var ended = await RunningParallax.Run(arguments);
        Assert.Equal(2, ended.ExitCode);
        Assert.Contains(named, ended.Errors);
    }

    private static async Task<IPEndPoint> AddressAsync(RunningParallax parallax) =>
        IPEndPoint.Parse((await parallax.LineWith("listening at ")).Split("listening at ")[1]);

    private static string EndpointAt(Sink sink) => $"- {{host: app, port: 8000, address: '127.0.0.1:{sink.Port}'}}\n";

    private static string Documents(string mirror) =>
        """
        apiVersion: networking.istio.io/v1
        kind: Gateway
        metadata: {name: gateway}
        spec:
          selector: {istio: ingressgateway}
          servers:
          - port: {number: 80, name: http, protocol: HTTP}
            hosts: ['*']
        ---
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: {name: app}
        spec:
          gateways: [gateway]
          hosts: ['*']
          http:
          - route: [{destination: {host: app, port: {number: 8000}}}]

        """ + mirror;
}

using System.Text.Json;
using Parallax.TestKit;

namespace Parallax.Cli.Tests.EndToEnd;

/// <summary><c>capture --file</c>: the mirrors of people's documents, for requests that were answered already.</summary>
public class MirrorDocumentsTests
{
    private const string Documents = """
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: {name: shop}
        spec:
          hosts: ['shop.test']
          http:
          - match: [{uri: {prefix: /v1/}}]
            rewrite: {uri: /v2/}
            route: [{destination: {host: shop, port: {number: 80}}}]
            mirror: {host: staging, port: {number: 80}}
          - match: [{uri: {prefix: /never}}]
            route: [{destination: {host: shop, port: {number: 80}}}]
            mirror: {host: staging, port: {number: 80}}
            mirrorPercentage: {value: 0}
          - route: [{destination: {host: shop, port: {number: 80}}}]
        """;

    private static readonly FlowScript Traffic = new FlowScript().Handshake()
        .Client("GET /v1/list?page=2 HTTP/1.1\r\nHost: shop.test\r\n\r\n")
        .Client("POST /v1/orders HTTP/1.1\r\nHost: shop.test\r\nContent-Length: 3\r\n\r\nabc")
        .Client("GET /never HTTP/1.1\r\nHost: shop.test\r\n\r\n")
        .Client("GET /admin HTTP/1.1\r\nHost: shop.test\r\n\r\n")
        .Client("GET /v1/list HTTP/1.1\r\nHost: other.test\r\n\r\n")
        .Fin();

    [Fact]
    public async Task Mirrors_CopyWhatTheirRoutesMatch()
    {
        using var sink = Sink.Open();
        using var capture = new CaptureFile(Traffic.Segments);
        using var documents = new TextFile(Documents);

        var ended = await RunningParallax.Run(
            "capture", "--pcap", capture.Path, "--file", documents.Path, "--resolve", $"staging:80=127.0.0.1:{sink.Port}", "--json");

        Assert.Equal(0, ended.ExitCode);
        ended.Account.AssertAddsUp();
        using var account = JsonDocument.Parse(ended.Lines[^1]);
        var mirrors = account.RootElement.GetProperty("mirrors").EnumerateArray();
        Assert.Equal(
            [(5, 3, 2)],
            mirrors.Select(each => (Number(each, "received"), Number(each, "notMatched"), Number(each, "offered"))));
        Assert.Equal("/v2/list?page=2 /v2/orders", string.Join(' ', sink.Targets.Order(StringComparer.Ordinal)));
        Assert.All(sink.Requests, request => Assert.Equal(["shop.test-shadow"], request.Values("host")));
        Assert.Equal("abc"u8.ToArray(), Assert.Single(sink.Requests, request => request.Target == "/v2/orders").Body);
    }

    [Theory]
    [InlineData("/x/../v1/list?a=/../b", "/v2/list?a=/../b")]
    [InlineData("/%761/list", "/v2/list")]
    [InlineData("http://shop.test/./v1/list", "/v2/list")]
    [InlineData("/v1/../admin", null)]
    [InlineData("/v1/%00", null)]
    public async Task Paths_AreNormalized_AsTheProxyDoes(string target, string? copied)
    {
        using var sink = Sink.Open();
        using var capture = new CaptureFile(
            new FlowScript().Handshake().Client($"GET {target} HTTP/1.1\r\nHost: shop.test\r\nX-A: b\r\n\r\n").Fin().Segments);
        using var documents = new TextFile(Documents);

        var ended = await RunningParallax.Run(
            "capture", "--pcap", capture.Path, "--file", documents.Path, "--resolve", $"staging:80=127.0.0.1:{sink.Port}");

        Assert.Equal(0, ended.ExitCode);
        Assert.Equal(copied is null ? [] : [copied], sink.Targets);
        Assert.All(sink.Requests, request => Assert.Equal(["b"], request.Values("x-a")));
    }

    [Fact]
    public async Task DocumentsWithoutMirrors_AreRefused()
    {
        using var capture = new CaptureFile(Traffic.Segments);
        using var documents = new TextFile(Documents.Replace("    mirror", "    # mirror", StringComparison.Ordinal));

        var ended = await RunningParallax.Run("capture", "--pcap", capture.Path, "--file", documents.Path);

        Assert.Equal(2, ended.ExitCode);
        Assert.Contains("parallax: ", ended.Errors, StringComparison.Ordinal);
    }

    private static int Number(JsonElement mirror, string name) => mirror.GetProperty(name).GetInt32();

    private sealed class TextFile : IDisposable
    {
        public TextFile(string text) => File.WriteAllText(Path, text);

        public string Path { get; } = System.IO.Path.GetTempFileName();

        public void Dispose() => File.Delete(Path);
    }
}

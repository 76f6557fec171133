using System.Text.RegularExpressions;
using Parallax.TestKit;
using Parallax.Traffic.Rewriting;

namespace Parallax.Cli.Tests.EndToEnd;

/// <summary>Which requests are copied and what is changed in them, as the shadow sees it.</summary>
public sealed class PolicyTests : IDisposable
{
    private static readonly FlowScript Traffic = new FlowScript().Handshake()
        .Client("GET /v1/list?page=2 HTTP/1.1\r\nHost: shop.test:80\r\nX-Twice: 1\r\nx-TWICE: 2\r\nAccept: */*\r\n\r\n")
        .Client("POST /v1/orders HTTP/1.1\r\nHost: shop.test:80\r\nContent-Length: 3\r\n\r\nabc")
        .Client("GET /admin HTTP/1.1\r\nHost: shop.test:80\r\nX-Env: prod\r\n\r\n")
        .Fin();

    private readonly string _folder = Directory.CreateTempSubdirectory("parallax-policy-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("", "/admin /v1/list?page=2 /v1/orders")]
    [InlineData("--percent 0", "")]
    [InlineData("--percent 100%", "/admin /v1/list?page=2 /v1/orders")]
    [InlineData("--allow path:^/v1/", "/v1/list?page=2 /v1/orders")]
    [InlineData("--allow path:^/v1/ --allow method:^GET$", "/v1/list?page=2")]
    [InlineData("--deny path:^/admin --deny method:POST", "/v1/list?page=2")]
    [InlineData("--allow param:page:2", "/v1/list?page=2")]
    [InlineData("--deny header:x-env:prod", "/v1/list?page=2 /v1/orders")]
    [InlineData("--rewrite-path ^/v1/=/v2/", "/admin /v2/list?page=2 /v2/orders")]
    public async Task Rules_SelectAndRewrite(string options, string targets)
    {
        using var sink = await Mirror(options.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(targets, string.Join(' ', sink.Targets.Order(StringComparer.Ordinal)));
    }

    [Fact]
    public async Task Heads_AreKeptButForWhatPolicyNames()
    {
        using var sink = await Mirror(
            "--allow", "path:list", "--set-header", "Accept: text/html", "--add-header", "x-new: 1", "--remove-header", "none");
        Assert.Equal(
            "GET /v1/list?page=2 HTTP/1.1\r\nHost: shop.test-shadow:80\r\nX-Twice: 1\r\nx-TWICE: 2\r\nAccept: text/html\r\n"
                + "x-forwarded-for: 127.0.0.1\r\nx-new: 1\r\nx-envoy-internal: true\r\nx-parallax-shadow: shadow\r\n\r\n",
            Regex.Replace(Assert.Single(sink.Requests).Head, "x-parallax-shadow-proof: [0-9a-f]{32}\r\n", ""));
    }

    [Theory]
    [InlineData("suffix", "shop.test-shadow:80")]
    [InlineData("same", "shop.test:80")]
    [InlineData("literal:other", "other")]
    public async Task ShadowHost_IsSeenAtTheSink(string mode, string host)
    {
        using var sink = await Mirror("--shadow-host", mode);
        Assert.All(sink.Requests, request => Assert.Equal([host], request.Values("host")));
    }

    [Fact]
    public async Task ShadowHost_Target_IsTheSinks()
    {
        using var sink = await Mirror("--shadow-host", "target");
        Assert.All(sink.Requests, request => Assert.Equal([$"127.0.0.1:{sink.Port}"], request.Values("host")));
    }

    [Theory]
    [InlineData("--vni 7", "/vni-7")]
    [InlineData("--deny-vni 7", "/vni-8 /vni-9")]
    [InlineData("--vni 7 8 --deny-vni 8", "/vni-7")]
    public async Task Vnis_AreFiltered(string options, string targets)
    {
        using var sink = Sink.Open();
        var packets = new[] { 7, 8, 9 }.SelectMany(vni => new FlowScript(FlowEndpoints.Numbered(vni)) { Vni = vni }
            .Handshake().Client($"GET /vni-{vni} HTTP/1.1\r\n\r\n").Segments);
        using var file = new CaptureFile(packets, segment => Encode.Underlay(4789, Encode.Vxlan(segment.Vni, Encode.Ethernet(segment))));
        await Mirror(sink, file, options.Split(' '));
        Assert.Equal(targets, string.Join(' ', sink.Targets.Order()));
    }

    [Fact]
    public async Task Ports_AreFiltered()
    {
        using var sink = Sink.Open();
        var packets = new ushort[] { 80, 81, 8080 }.SelectMany(port => new FlowScript(FlowEndpoints.Default with { ServerPort = port })
            .Handshake().Client($"GET /port-{port} HTTP/1.1\r\n\r\n").Segments);
        using var file = new CaptureFile(packets);
        var account = await Mirror(sink, file, "--port", "80", "--port", "8080");
        Assert.Equal(["/port-80", "/port-8080"], sink.Targets.Order());
        Assert.True(account["otherPorts"] > 0);
    }

    [Fact]
    public async Task Shadows_AreNotMirroredAgain()
    {
        using var sink = Sink.Open();
        var key = Path.Combine(_folder, "key");
        await File.WriteAllTextAsync(key, "0123456789abcdef\n", TestContext.Current.CancellationToken);
        var proof = new ShadowMark("0123456789abcdef"u8).ProofOf("other");
        using var file = new CaptureFile(new FlowScript().Handshake()
            .Client($"GET /1 HTTP/1.1\r\nX-Parallax-Shadow: other\r\nX-Parallax-Shadow-Proof: {proof}\r\n\r\n")
            .Client("GET /2 HTTP/1.1\r\nX-Parallax-Shadow: other\r\n\r\n").Segments);
        Assert.Equal(1, (await Mirror(sink, file, "--shadow-key-file", key)).Of("droppedByPolicy", "loop-guard"));
        Assert.Equal(["/2"], sink.Targets);
    }

    [Fact]
    public async Task Shadows_OnTheCapturedInterface_GoRoundOnce()
    {
        Needs.RawPackets();
        using var sink = Sink.Open();
        using var parallax = RunningParallax.Start("capture", "-i", "lo", "--port", $"{sink.Port}", "--to", sink.Url, "--json");
        await parallax.LineWith("capturing from interface lo");
        using var client = new HttpClient();
        await client.GetAsync($"{sink.Url}/real", TestContext.Current.CancellationToken);
        await sink.Receive(2);
        var account = (await parallax.Stop()).Account.AssertAddsUp();
        Assert.Equal((2, 1, 1), (account["requestsSeen"], account.Of("answered"), account.Of("droppedByPolicy", "loop-guard")));
    }

    [Fact]
    public async Task TwoTargets_BothReceiveEverything()
    {
        using var first = Sink.Open();
        using var second = Sink.Open();
        using var file = new CaptureFile(Traffic.Segments);
        await Mirror(first, file, "--to", second.Url);
        Assert.Equal(3, first.Requests.Count);
        Assert.Equal(first.Targets.Order(), second.Targets.Order());
        Assert.All(second.Requests, request => Assert.Equal(["shadow-2"], request.Values("x-parallax-shadow")));
    }

    [Fact]
    public async Task KeepSessions_OneConnectionEachInOrder()
    {
        using var sink = Sink.Open();
        var flows = Enumerable.Range(0, 3).Select(flow =>
        {
            var script = new FlowScript(FlowEndpoints.Numbered(flow)).Handshake();
            for (var n = 0; n < 20; n++)
            {
                script.Client($"GET /{flow}/{n:00} HTTP/1.1\r\n\r\n");
            }

            return script.Fin().Segments;
        });
        using var file = new CaptureFile(flows.SelectMany(flow => flow).OrderBy(segment => segment.Time.Nanoseconds));
        await Mirror(sink, file, "--keep-sessions");

        var connections = sink.Requests.GroupBy(request => request.Connection, request => request.Target).ToList();
        Assert.Equal(3, connections.Count);
        Assert.All(connections, targets => Assert.Equal(Enumerable.Range(0, 20).Select(n => $"{targets.First()[..3]}{n:00}"), targets));
    }

    private static async Task<Sink> Mirror(params string[] options)
    {
        var sink = Sink.Open();
        using var file = new CaptureFile(Traffic.Segments);
        await Mirror(sink, file, options);
        return sink;
    }

    private static async Task<Account> Mirror(Sink sink, CaptureFile file, params string[] options)
    {
        var ended = await RunningParallax.Run(["capture", "--pcap", file.Path, "--to", sink.Url, "--json", .. options]);
        Assert.Equal((0, ""), (ended.ExitCode, ended.Errors));
        return ended.Account.AssertAddsUp();
    }
}

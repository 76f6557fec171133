using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Parallax.TestKit;

namespace Parallax.Cli.Tests.EndToEnd;

/// <summary>Four jobs from beginning to end, each the commands that somebody types, in that order.</summary>
public sealed class JobsTests : IDisposable
{
    private const int Sessions = 100;

    private const string Shop = """
        apiVersion: networking.istio.io/v1
        kind: Gateway
        metadata: {name: edge}
        spec:
          servers:
          - port: {number: 80, name: http, protocol: HTTP}
            hosts: ['*']
        ---
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: {name: shop}
        spec:
          hosts: ['*']
          gateways: [edge]
          http:
          - match: [{uri: {prefix: /orders}}]
            route: [{destination: {host: orders, port: {number: 80}}}]
            mirror: {host: next, port: {number: 80}}
            mirrorPercentage: {value: 25}
          - match: [{uri: {prefix: /items}}]
            route: [{destination: {host: items, port: {number: 80}}}]
          - route: [{destination: {host: web, port: {number: 80}}}]
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("parallax-jobs-").FullName;
    private readonly HttpClient _client = new();

    public void Dispose()
    {
        _client.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>The target of a mirror session: does anything arrive, copies to two targets, an hour a file, metrics, the account, and an
    /// upgrade in the middle.</summary>
    /// <remarks>7 commands: two captures, two of curl, a signal, the new version, the end of the old one.</remarks>
    [Fact]
    public async Task MirrorSession_IsCopiedRecordedWatchedAndUpgraded()
    {
        using (var counting = RunningParallax.Start("capture", "--vxlan", "127.0.0.1:0", "--count"))
        {
            using var hello = new VxlanSender(await counting.Receiver());
            hello.Send(Visits("hello"));
            hello.WaitUntilRead();
            var counted = await counting.Stop();
            Assert.Contains($"by virtual network: 7 {Visits("hello").Count:N0}", counted.Errors, StringComparison.Ordinal);
            Assert.Contains($"requests   {3 * Sessions} seen = {3 * Sessions} complete", counted.Errors, StringComparison.Ordinal);
        }

        using var some = Sink.Open();
        using var all = Sink.Closed();
        using var first = Capture(new(IPAddress.Loopback, 0), some, all, "--admin", "0");
        var line = await first.LineWith("capturing from vxlan ");
        var address = IPEndPoint.Parse(line.Split("vxlan ")[1].Split(',')[0]);
        var admin = line.Split("admin at ")[1];
        using var mirror = new VxlanSender(address);
        mirror.Send(Visits("a"));
        await first.LineWith($"{all.Url} refuses connections since ");
        all.Listen();
        mirror.Send(Visits("b"));
        await first.LineWith($"{all.Url} answers again after ");

        Assert.Equal("ready\n", await GetAsync($"http://{admin}/ready"));
        Assert.Contains("\nparallax_capture_kernel_loss_total 0\n", await GetAsync($"http://{admin}/metrics"), StringComparison.Ordinal);
        await first.Signal("USR1");
        await first.LineWith("the account so far");
        Assert.Contains("received = ", await first.LineWith("not sampled"), StringComparison.Ordinal);

        using var second = Capture(address, some, all, "--admin", admin, "--take-over");
        Assert.Contains("once that is free", await second.LineWith("capturing from vxlan "), StringComparison.Ordinal);
        var sending = Task.Run(() => mirror.Send(Visits("c")), TestContext.Current.CancellationToken);
        var before = await first.Stop();
        await second.LineWith($"admin port {admin} is free and open now");
        await sending;
        mirror.Send(Visits("d"));
        mirror.WaitUntilRead();
        var after = await second.Stop();

        Assert.Equal(
            new[] { "a", "b", "c", "d" }.Sum(part => Visits(part).Count), before.Account["packets"] + after.Account["packets"]);
        AssertWholeSessions(some, all);

        // The signal began another file, the new version a third.
        var recorded = Directory.GetFiles(_folder, "api-*.plx");
        Assert.Equal(3, recorded.Length);
        var rows = new List<string>();
        foreach (var file in recorded)
        {
            rows.AddRange((await Ok("inspect", file, "--list")).Lines[1..]);
        }

        // Between the versions a request can go without its response.
        Assert.InRange(rows.Count, (8 * Sessions) - 1, 8 * Sessions);
        Assert.All(rows, row => Assert.Contains("shop/api/", row, StringComparison.Ordinal));
    }

    /// <summary>A bug that only production shows: watch what fails, record it, find one, send it to a local build, make a curl command.
    /// </summary>
    /// <remarks>6 commands; with tcpdump and tshark as many, and the request written as a curl command by hand.</remarks>
    [Fact]
    public async Task BugInProduction_IsWatchedRecordedAndSentToALocalBuild()
    {
        Needs.RawPackets();
        Assert.SkipUnless(File.Exists("/usr/bin/curl"), "curl is not installed");
        using var production = Sink.Open((wire, request) => wire.WriteAsync(request.Text.Contains("\"amount\": 0", StringComparison.Ordinal)
            ? "HTTP/1.1 500 Oops\r\nContent-Type: text/plain\r\nContent-Length: 8\r\n\r\nzero bug"
            : "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
        using var build = Sink.Open((wire, _) => wire.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfixed"));
        var bug = PathOf("bug.plx");
        string[] capture = ["capture", "--interface", "lo", "--port", $"{production.Port}"];
        using (var watching = RunningParallax.Start([.. capture, "--stdout", "--allow", "status:^5"]))
        using (var recording = RunningParallax.Start([.. capture, "--record", bug, "--record-allow", "status:^5"]))
        {
            await watching.LineWith("capturing from interface lo");
            Assert.EndsWith($"recorded to {bug}", await recording.LineWith("capturing from interface lo"), StringComparison.Ordinal);
            foreach (var amount in new[] { 1, 0, 2 })
            {
                using var order = new StringContent($"{{\"amount\": {amount}}}", null, "application/json");
                using var answer = await _client.PostAsync(
                    new Uri($"{production.Url}/orders"), order, TestContext.Current.CancellationToken);
            }

            Assert.Matches("^# 2 .* POST /orders → 500 in ", await watching.Output.ReadLineAsync(TestContext.Current.CancellationToken));
            var watched = (await watching.Stop()).Output;
            Assert.Contains("{\"amount\": 0}", watched, StringComparison.Ordinal);
            Assert.Contains("zero bug", watched, StringComparison.Ordinal);
            Assert.DoesNotContain("200 OK", watched, StringComparison.Ordinal);
            Assert.Contains("1 recorded + 0 dropped", (await recording.Stop()).Errors, StringComparison.Ordinal);
        }

        var row = Assert.Single((await Ok("inspect", bug, "--list")).Lines[1..]);
        var id = row.Split(' ', StringSplitOptions.RemoveEmptyEntries)[0];
        var replayed = await Ok("replay", bug, "--id", id, "--to", build.Url, "--allow-redacted");
        Assert.Contains("answered: 2xx 1", replayed.Errors, StringComparison.Ordinal);
        await Ok("convert", bug, "--id", id, PathOf("bug.curl"));
        Assert.Equal("fixed", await Shell($"sed 's,{production.Url},{build.Url},' {PathOf("bug.curl")} | sh"));
        Assert.Equal(["{\"amount\": 0}", "{\"amount\": 0}"], build.Requests.Select(request => request.Text));
        Assert.Equal(3, production.Requests.Count);
    }

    /// <summary>The documents of a mesh in front of three services: a mistake is found, a share is changed, the log is rotated, the
    /// latency is seen, the end is as an orchestrator wants it.</summary>
    /// <remarks>6 commands and one edit of a file. Envoy alone reads no VirtualService: it would need its own configuration.</remarks>
    [Fact]
    public async Task Documents_AreCheckedRunChangedAndDrained()
    {
        using var service = Sink.Open();
        using var next = Sink.Open();
        var log = PathOf("access.log");
        var documents = PathOf("shop.yaml");
        await WriteAsync(documents, Shop.Replace("mirrorPercentage", "mirrorPercentag", StringComparison.Ordinal));
        string[] names = ["orders", "items", "web"];
        string[] resolved = [.. names.SelectMany(name => new[] { "--resolve", $"{name}:80={service.Url[7..]}" }),
            "--resolve", $"next:80={next.Url[7..]}"];
        var wrong = await RunningParallax.Run(["validate", "-f", documents, .. resolved]);
        Assert.Equal(2, wrong.ExitCode);
        Assert.Contains("shop.yaml:19:5: error FLD101: ", wrong.Output, StringComparison.Ordinal);
        Assert.Contains("(did you mean \"mirrorPercentage\"?)", wrong.Output, StringComparison.Ordinal);

        await WriteAsync(documents, Shop);
        using var parallax = RunningParallax.Start([
            "proxy", "-f", documents, "--listen", "80=127.0.0.1:0", .. resolved,
            "--admin", "0", "--access-log", log, "--watch", "--drain-delay", "10m"]);
        var (address, admin) = await AddressesAsync(parallax);
        foreach (var name in names)
        {
            await GetAsync($"{address}/{name}");
        }

        await WriteAsync(documents, Shop.Replace("value: 25", "value: 100", StringComparison.Ordinal));
        Assert.Contains("25 % -> 100 %", await parallax.LineWith("new configuration in force"), StringComparison.Ordinal);
        var copied = next.Requests.Count;
        for (var n = 0; n < 20; n++)
        {
            await GetAsync($"{address}/orders/{n}");
        }

        await next.Receive(copied + 20);
        File.Move(log, log + ".1");
        await parallax.Signal("HUP");
        Assert.True(SpinWait.SpinUntil(() => File.Exists(log), RunningParallax.Guard));
        await GetAsync($"{address}/items/last");
        Assert.Contains("parallax_response_seconds_bucket{", await GetAsync($"{admin}/metrics"), StringComparison.Ordinal);

        await parallax.Signal("TERM");
        await parallax.LineWith("no longer ready; still listening for 10 min");
        using var ready = await _client.GetAsync(new Uri($"{admin}/ready"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        await GetAsync($"{address}/items/draining");
        await parallax.SignalToTheEnd("TERM");
        await parallax.End();
        Assert.All(next.Targets, target => Assert.StartsWith("/orders", target, StringComparison.Ordinal));
        Assert.Equal(25, service.Requests.Count);
        Assert.Contains("/orders/19", await File.ReadAllTextAsync(log + ".1", TestContext.Current.CancellationToken));
        Assert.Contains("/items/last", await File.ReadAllTextAsync(log, TestContext.Current.CancellationToken));
    }

    /// <summary>The same without documents.</summary>
    /// <remarks>2 commands; with Envoy a configuration with a runtime key, and 2.</remarks>
    [Fact]
    public async Task Mirror_WithoutDocuments_ChangesItsShare()
    {
        using var service = Sink.Open();
        using var next = Sink.Open();
        using var parallax = RunningParallax.Start(
            "proxy", "--listen", "127.0.0.1:0", "--primary", service.Url, "--mirror", next.Url, "--percent", "0", "--admin", "0");
        var (address, admin) = await AddressesAsync(parallax);
        await GetAsync($"{address}/before");
        using var answer = await _client.PostAsync(new Uri($"{admin}/mirrors?percent=100"), null, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        Assert.EndsWith(": shadow 0 % -> 100 %", await parallax.LineWith("new configuration in force"), StringComparison.Ordinal);
        await GetAsync($"{address}/after");
        await next.Receive(1);
        Assert.Equal(0, (await parallax.Stop()).ExitCode);
        Assert.Equal(["/after"], next.Targets);
    }

    /// <summary>May version 2 ship? As far as status classes and failures tell: answers are not compared.</summary>
    /// <remarks>2 commands, as with GoReplay: one records, one sends.</remarks>
    [Fact]
    public async Task NextVersion_IsSentWhatTheOldOneAnswered()
    {
        using var old = Sink.Open();
        using var next = Sink.Open((wire, request) => wire.WriteAsync(
            $"HTTP/1.1 {(request.Target == "/checkout" ? "500 Oops" : "200 OK")}\r\nContent-Length: 0\r\n\r\n"));
        var file = PathOf("v1.plx");
        using (var recording = RunningParallax.Start(
            "proxy", "--listen", "127.0.0.1:0", "--primary", old.Url, "--record", file, "--admin", "0"))
        {
            var (address, _) = await AddressesAsync(recording);
            foreach (var path in new[] { "/", "/items", "/checkout" })
            {
                await GetAsync(address + path);
            }

            Assert.Equal(0, (await recording.Stop()).ExitCode);
        }

        var ended = await Ok("replay", file, "--to", next.Url, "--allow-redacted", "--speed", "max", "--json");
        using var account = JsonDocument.Parse(ended.Lines[^1]);
        var classes = account.RootElement.GetProperty("answeredByClass");
        Assert.Equal((2, 1), (classes.GetProperty("2xx").GetInt32(), classes.GetProperty("5xx").GetInt32()));
        Assert.Equal(3, account.RootElement.GetProperty("answered").GetInt32());

        next.Dispose();
        var nobody = await RunningParallax.Run("replay", file, "--to", next.Url, "--allow-redacted", "--speed", "max");
        Assert.Equal(1, nobody.ExitCode);
    }

    // Each session: a page of the part that is wanted, an order, and something else.
    private static List<ScriptedSegment> Visits(string part) =>
    [
        .. Enumerable.Range(0, Sessions).SelectMany(session => new FlowScript(
                FlowEndpoints.Numbered((part[0] * Sessions) + session)) { Vni = 7 }.Handshake()
            .Client($"GET /api/{part} HTTP/1.1\r\nHost: shop\r\nCookie: sid={session}\r\n\r\n")
            .Server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            .Client($"POST /api/orders HTTP/1.1\r\nHost: shop\r\nCookie: sid={session}\r\nContent-Length: 2\r\n\r\n{{}}")
            .Server("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")
            .Client($"GET /logo.png HTTP/1.1\r\nHost: shop\r\nCookie: sid={session}\r\n\r\n")
            .Server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            .Fin().Segments),
    ];

    private RunningParallax Capture(IPEndPoint address, Sink some, Sink all, params string[] more) => RunningParallax.Start([
        "capture", "--vxlan", $"{address}", "--to", $"{some.Url},percent=5,host=some.staging", "--to", all.Url,
        "--sticky-by", "cookie:sid", "--sample-seed", "1", "--queue-timeout", "60s", "--allow", "path:^/api/", "--allow", "method:^GET$",
        "--record", PathOf("api-%Y%m%d-%H%M%S.plx"), "--record-allow", "path:^/api/", "--record-time", "1h", "--json", .. more]);

    private static void AssertWholeSessions(Sink some, Sink all)
    {
        Assert.All(some.Requests.Concat(all.Requests), request => Assert.Matches("^GET /api/[a-d] ", request.Line));
        Assert.All(some.Requests, request => Assert.Equal("some.staging", request["host"]));
        var sampled = some.Requests.GroupBy(request => request["cookie"]!).ToList();
        Assert.InRange(sampled.Count, 1, Sessions / 4);
        Assert.All(sampled, session => Assert.Equal(["/api/a", "/api/b", "/api/c", "/api/d"], session.Select(each => each.Target).Order()));
        Assert.InRange(all.Requests.Count, 3 * Sessions, 4 * Sessions);
    }

    private string PathOf(string name) => Path.Combine(_folder, name);

    private static Task WriteAsync(string path, string text) => File.WriteAllTextAsync(path, text, TestContext.Current.CancellationToken);

    private Task<string> GetAsync(string url) => _client.GetStringAsync(new Uri(url), TestContext.Current.CancellationToken);

    private static async Task<Ended> Ok(params string[] command)
    {
        var ended = await RunningParallax.Run(command);
        Assert.True(ended.ExitCode == 0, ended.Errors);
        return ended;
    }

    private static async Task<string> Shell(string command)
    {
        using var shell = Process.Start(new ProcessStartInfo("sh", ["-c", command])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        return await shell.StandardOutput.ReadToEndAsync().WaitAsync(RunningParallax.Guard);
    }

    private static async Task<(string Address, string Admin)> AddressesAsync(RunningParallax parallax)
    {
        var line = await parallax.LineWith("listening at ");
        return ($"http://{line.Split("listening at ")[1].Split(',')[0]}", $"http://{line.Split("admin at ")[1].Split(',')[0]}");
    }
}

using System.Net;
using System.Net.Sockets;
using System.Text;
using Parallax.TestKit;

namespace Parallax.Cli.Tests.EndToEnd;

/// <summary>Every switch of the policy does the same for a capture, a proxy and a replay.</summary>
public sealed class PolicyEverywhereTests
{
    private static readonly string[] Requests =
    [
        "GET /v1/list?page=2 HTTP/1.1\r\nHost: shop.test\r\nX-Env: prod\r\n\r\n",
        "POST /v1/orders HTTP/1.1\r\nHost: shop.test\r\nContent-Length: 3\r\n\r\nabc",
        "GET /admin HTTP/1.1\r\nHost: shop.test\r\nCookie: sid=7\r\n\r\n",
    ];

    // What is shown of each copy at the sink: its target and, where the case names headers, their values.
    public static TheoryData<string, string, string, string> Cases()
    {
        const string All = "/admin|/v1/list?page=2|/v1/orders";
        var cases = new TheoryData<string, string, string, string>();
        foreach (var vantage in (string[])["capture", "proxy", "replay"])
        {
            cases.Add(vantage, "", "", All);
            cases.Add(vantage, "--percent 0", "", "");
            cases.Add(vantage, "--percent 100", "", All);
            cases.Add(vantage, "--allow path:^/v1/ --allow method:^GET$", "", "/v1/list?page=2");
            cases.Add(vantage, "--allow param:page:2", "", "/v1/list?page=2");
            cases.Add(vantage, "--deny header:x-env:prod", "", "/admin|/v1/orders");
            cases.Add(vantage, "--mirror-methods safe", "", "/admin|/v1/list?page=2");
            cases.Add(vantage, "--rewrite-path ^/v1/=/v2/", "", "/admin|/v2/list?page=2|/v2/orders");
            cases.Add(vantage, "--allow path:list --set-header X-Env:test", "x-env", "/v1/list?page=2 test");
            cases.Add(vantage, "--allow path:list --add-header X-Env:test", "x-env", "/v1/list?page=2 prod test");
            cases.Add(vantage, "--allow path:list --remove-header X-Env", "x-env", "/v1/list?page=2");
            cases.Add(vantage, "--allow path:list --shadow-host literal:other", "host", "/v1/list?page=2 other");
            if (vantage != "replay")
            {
                // A replay's rate is its pace, and it samples whole sessions as they were recorded.
                cases.Add(vantage, "--rate 1/s", "", "/v1/list?page=2");
                cases.Add(vantage, "--percent 36 --sticky-by header:host", "", "");
                cases.Add(vantage, "--percent 37 --sticky-by header:host", "", All);
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Switch_DoesTheSame(string vantage, string options, string headers, string expected)
    {
        using var sink = Sink.Open();
        var switches = options.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        await (vantage switch
        {
            "capture" => Capture(sink, switches),
            "proxy" => Proxy(sink, switches),
            _ => Replay(sink, switches),
        });
        var seen = sink.Requests.Select(
            request => string.Join(' ', [request.Target, .. headers.Length > 0 ? request.Values(headers) : []]));
        Assert.Equal(expected, string.Join('|', seen.Order(StringComparer.Ordinal)));
    }

    private static async Task Capture(Sink sink, string[] options)
    {
        var script = new FlowScript().Handshake();
        foreach (var request in Requests)
        {
            script.Client(request);
        }

        using var file = new CaptureFile(script.Fin().Segments);
        var ended = await RunningParallax.Run(["capture", "--pcap", file.Path, "--to", sink.Url, "--json", .. options]);
        ended.Account.AssertAddsUp();
    }

    private static async Task Replay(Sink sink, string[] options)
    {
        var path = Path.GetTempFileName();
        await File.WriteAllTextAsync(path, string.Concat(Requests.Select((request, at) =>
            $"1 {at + 1:x16} {1_700_000_000_000_000_000 + at} 0\n{request}\n🐵🙈🙉\n")), TestContext.Current.CancellationToken);
        await RunningParallax.Run(["replay", path, "--to", sink.Url, "--json", .. options]);
        File.Delete(path);
    }

    private static async Task Proxy(Sink sink, string[] options)
    {
        using var primary = Sink.Open();
        using var parallax = RunningParallax.Start(
            ["proxy", "--listen", "127.0.0.1:0", "--loops", "1", "--primary", primary.Url, "--mirror", sink.Url, "--json", .. options]);
        var address = (await parallax.LineWith("listening at")).Split("listening at ")[1].Split(',')[0].Trim();
        using (var client = new TcpClient())
        {
            await client.ConnectAsync(IPEndPoint.Parse(address), TestContext.Current.CancellationToken);
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(string.Concat(Requests)), TestContext.Current.CancellationToken);
            await primary.Receive(Requests.Length);
            Assert.Equal(["/admin", "/v1/list?page=2", "/v1/orders"], primary.Targets.Order(StringComparer.Ordinal));
        }

        var ended = await parallax.Stop();
        Assert.Equal(0, ended.ExitCode);
    }
}

using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Parallax.TestKit;

namespace Parallax.Cli.Tests.EndToEnd;

/// <summary>A proxy on a machine where something is stopped, full or used up: what does not need that goes on, and all goes on after it.
/// </summary>
public sealed class StrainTests
{
    // Answers each request; says first where it listens.
    private const string Primary = """
        import http.server
        class Answer(http.server.BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'
            def do_GET(self):
                self.send_response(200); self.send_header('Content-Length', '2'); self.end_headers(); self.wfile.write(b'ok')
            def log_message(self, *_): pass
        class Server(http.server.ThreadingHTTPServer):
            request_queue_size = 128
        server = Server(('127.0.0.1', 0), Answer)
        print(server.server_address[1], flush=True)
        server.serve_forever()
        """;

    // In a network with eight ports: twelve clients ask at once, of a primary that answers once one of them was told 503.
    private const string FewPorts = """
        import socket, subprocess, sys, threading
        open('/proc/sys/net/ipv4/ip_local_port_range', 'w').write('40000 40007')
        primary = socket.socket(); primary.bind(('127.0.0.1', 20000)); primary.listen(99)
        may_answer = threading.Event()
        def read(wire):
            octets = b''
            while b'\r\n\r\n' not in octets:
                more = wire.recv(4096)
                if not more: return octets
                octets += more
            return octets
        def serve(wire):
            while read(wire):
                may_answer.wait(); wire.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
        def accept():
            while True: threading.Thread(target=serve, args=(primary.accept()[0],), daemon=True).start()
        threading.Thread(target=accept, daemon=True).start()
        proxy = subprocess.Popen([sys.argv[1], 'proxy', '--listen', '127.0.0.1:20001', '--primary', 'http://127.0.0.1:20000',
            '--loops', '1'], stderr=subprocess.PIPE, text=True)
        while 'listening at' not in proxy.stderr.readline(): pass
        def ask(port, told):
            wire = socket.socket(); wire.settimeout(60); wire.bind(('127.0.0.1', port)); wire.connect(('127.0.0.1', 20001))
            wire.sendall(b'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
            told.append(read(wire)[9:12].decode())
            if told[-1] == '503': may_answer.set()
        told = []
        clients = [threading.Thread(target=ask, args=(21000 + number, told)) for number in range(12)]
        for each in clients: each.start()
        for each in clients: each.join()
        ask(21100, told)
        print(told.count('200'), told.count('503'), told[-1], flush=True)
        proxy.terminate(); proxy.wait()
        """;

    [Fact]
    public async Task StoppedPrimary_ItsRequestsWait_CopiesDoNot_AndAllAreAnsweredWhenItGoesOn()
    {
        using var primary = Process.Start(
            new ProcessStartInfo(Needs.Python(), ["-c", Primary]) { RedirectStandardOutput = true })!;
        try
        {
            var port = await primary.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
            using var shadow = Sink.Open();
            using var parallax = RunningParallax.Start(
                "proxy", "--listen", "127.0.0.1:0", "--primary", $"http://127.0.0.1:{port}", "--mirror", shadow.Url, "--json");
            using var client = ClientOf(await AddressAsync(parallax));
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(client));
            Kill("STOP", primary.Id);
            var waiting = Enumerable.Range(0, 20).Select(_ => StatusAsync(client)).ToList();
            await shadow.Receive(21);
            Assert.DoesNotContain(waiting, each => each.IsCompleted);
            Kill("CONT", primary.Id);
            Assert.All(await Task.WhenAll(waiting), status => Assert.Equal(HttpStatusCode.OK, status));
            Assert.Equal(0, (await parallax.Stop()).ExitCode);
        }
        finally
        {
            primary.Kill();
        }
    }

    [Fact]
    public async Task FullDisk_LogAndRecordingLoseWhatTheyCount_RequestsAreAnswered()
    {
        Needs.Root();
        using var primary = Sink.Open();
        var folder = Directory.CreateTempSubdirectory("parallax").FullName;
        using var parallax = RunningParallax.StartThrough(
            ["unshare", "-m", "bash", "-c", "mount -t tmpfs -o size=64k none \"$0\" && exec \"$@\"", folder, RunningParallax.Program],
            "proxy", "--listen", "127.0.0.1:0", "--primary", primary.Url, "--json", "--record", $"{folder}/a.plx",
            "--access-log", $"{folder}/access.log");
        using var client = ClientOf(await AddressAsync(parallax));
        for (var number = 0; number < 400; number++)
        {
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(client, $"/{number}?{new string('a', 1000)}"));
        }

        await parallax.LineWith("a.plx stopped: ");
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(client));
        var ended = await parallax.Stop();
        Directory.Delete(folder);
        Assert.Contains("the access log cannot be written: ", ended.Errors);
        using var account = JsonDocument.Parse(ended.Lines[^1]);
        Assert.Equal(
            401, account.RootElement.GetProperty("proxy").GetProperty("answeredByClass").GetProperty("2xx").GetInt32());
    }

    [Fact]
    public async Task NoPortLeft_Is503_AndOthersAreServed()
    {
        Needs.Root();
        using var script = Process.Start(new ProcessStartInfo(
            "unshare",
            ["-n", "bash", "-c", "ip link set lo up && exec \"$@\"", "_", Needs.Python(), "-c", FewPorts, RunningParallax.Program])
        {
            RedirectStandardOutput = true,
        })!;
        var told = await script.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken)
            .WaitAsync(RunningParallax.Guard, TestContext.Current.CancellationToken);
        var words = told.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("200", words[^1]);
        Assert.InRange(int.Parse(words[0]), 5, 12);
        Assert.Equal(13, int.Parse(words[0]) + int.Parse(words[1]));
    }

    [Fact]
    public async Task AllDescriptorsOfClientsTaken_DocumentsAreReadAgain()
    {
        using var before = Sink.Open();
        using var after = Sink.Open();
        var folder = Directory.CreateTempSubdirectory("parallax").FullName;
        var document = Path.Combine(folder, "route.yaml");
        await File.WriteAllTextAsync(document, RouteTo("before"), TestContext.Current.CancellationToken);
        using var parallax = RunningParallax.StartThrough(
            ["bash", "-c", "ulimit -n 256; exec \"$@\"", "_", RunningParallax.Program],
            "proxy", "-f", document, "--listen", "80=127.0.0.1:0", "--watch", "--loops", "1",
            "--resolve", $"before:80=127.0.0.1:{before.Port}", "--resolve", $"after:80=127.0.0.1:{after.Port}");
        var address = await AddressAsync(parallax);
        var clients = Enumerable.Range(0, 200).Select(_ => new TcpClient()).ToList();
        foreach (var client in clients)
        {
            await HoldAsync(client, address);
        }

        await File.WriteAllTextAsync(document, RouteTo("after"), TestContext.Current.CancellationToken);
        await parallax.LineWith("new configuration in force");
        clients.ForEach(client => client.Dispose());
        using var asking = ClientOf(address);
        while (after.Requests.Count == 0)
        {
            // Until the proxy has seen that those before are gone.
            await TryAskAsync(asking);
        }

        Assert.Empty(before.Requests);
        Assert.Equal(0, (await parallax.Stop()).ExitCode);
        Directory.Delete(folder, recursive: true);
    }

    private static string RouteTo(string host) => $$"""
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: {name: v, namespace: default}
        spec:
          hosts: ["a.test"]
          http:
          - route: [{destination: {host: {{host}}, port: {number: 80} } }]
        """;

    private static HttpClient ClientOf(IPEndPoint address) =>
        new() { BaseAddress = new Uri($"http://{address}"), DefaultRequestHeaders = { Host = "a.test" } };

    private static async Task<HttpStatusCode> StatusAsync(HttpClient client, string path = "/")
    {
        using var answer = await client.GetAsync(path, TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }

    private static async Task TryAskAsync(HttpClient client)
    {
        try
        {
            await StatusAsync(client);
        }
        catch (HttpRequestException)
        {
        }
    }

    // Half a head; refused once there are enough of them.
    private static async Task HoldAsync(TcpClient client, IPEndPoint address)
    {
        try
        {
            await client.ConnectAsync(address, TestContext.Current.CancellationToken);
            await client.GetStream().WriteAsync("GET / HT"u8.ToArray(), TestContext.Current.CancellationToken);
        }
        catch (Exception refused) when (refused is SocketException or IOException)
        {
        }
    }

    private static void Kill(string signal, int process)
    {
        using var kill = Process.Start("sh", ["-c", $"kill -{signal} {process}"]);
        kill.WaitForExit();
        Assert.Equal(0, kill.ExitCode);
    }

    private static async Task<IPEndPoint> AddressAsync(RunningParallax parallax) =>
        IPEndPoint.Parse((await parallax.LineWith("listening at ")).Split("listening at ")[1].Split(',')[0]);
}

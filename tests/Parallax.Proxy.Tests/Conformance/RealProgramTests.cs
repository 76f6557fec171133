using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Parallax.Proxy.Tests.Serving;
using Parallax.TestKit;

namespace Parallax.Proxy.Tests.Conformance;

/// <summary>Programs that others wrote, in front of the proxy and after it.</summary>
public sealed partial class RealProgramTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("parallax-programs");
    private readonly List<Process> _running = [];

    public static TheoryData<LoopKind> Loops => ProxyRig.Loops;

    /// <summary>curl in front, nginx behind: a file of some size, conditional and partial requests, an upload that nginx refuses.</summary>
    [Theory]
    [MemberData(nameof(Loops))]
    public async Task CurlAndNginx(LoopKind kind)
    {
        Needs("curl");
        var nginx = await StartNginxAsync();
        using var mirror = new Witness();
        await using var rig = new ProxyRig(kind, nginx, mirror.Address);
        var url = $"http://{rig.Address}/large";
        var file = Path.Combine(_folder.FullName, "got");
        Assert.Equal("200 3000000", await CurlAsync("-o", file, "-w", "%{http_code} %{size_download}", url));
        Assert.Equal(Content("large"), await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken));
        Assert.Equal("206 10", await CurlAsync("-o", file, "-w", "%{http_code} %{size_download}", "-r", "10-19", url));
        Assert.Equal("304", await CurlAsync("-o", file, "-w", "%{http_code}", "-z", Path.Combine(_folder.FullName, "large"), url));
        Assert.Equal("200 0", await CurlAsync("-o", file, "-w", "%{http_code} %{size_download}", "-I", url));
        Assert.Equal("405", await CurlAsync("-o", file, "-w", "%{http_code}", "-T", Path.Combine(_folder.FullName, "large"), url));
        Assert.Equal("200200", await CurlAsync("-o", file, "-o", file, "-w", "%{http_code}", "--http1.0", url, url));
    }

    /// <summary>curl before, Python's http.server after: HTTP/1.0 answers that end with the connection.</summary>
    [Theory]
    [MemberData(nameof(Loops))]
    public async Task CurlAndPython(LoopKind kind)
    {
        Needs("curl");
        var python = await StartPythonAsync();
        await using var rig = new ProxyRig(kind, python);
        var file = Path.Combine(_folder.FullName, "got");
        Assert.Equal("200 3000000", await CurlAsync("-o", file, "-w", "%{http_code} %{size_download}", $"http://{rig.Address}/large"));
        Assert.Equal("404", await CurlAsync("-o", file, "-w", "%{http_code}", $"http://{rig.Address}/nothing"));
        Assert.Equal("501", await CurlAsync("-o", file, "-w", "%{http_code}", "-d", "body", $"http://{rig.Address}/large"));
    }

    /// <summary>wrk in front, nginx behind, half of the requests copied: every request is answered 200.</summary>
    [Fact]
    public async Task WrkAndNginx()
    {
        Needs("wrk");
        var nginx = await StartNginxAsync();
        using var mirror = new Witness();
        await using var rig = new ProxyRig(LoopKind.Epoll, nginx, mirror.Address);
        var report = await RunAsync("wrk", "-t1", "-c8", "-d1s", $"http://{rig.Address}/small");
        Assert.DoesNotContain("Non-2xx", report, StringComparison.Ordinal);
        Assert.DoesNotContain("Socket errors", report, StringComparison.Ordinal);
        Assert.Matches("[1-9][0-9]* requests in", report);
    }

    /// <summary>A WebSocket: .NET's client before, an echo of our own after; messages pass both ways, and none is copied.</summary>
    [Theory]
    [MemberData(nameof(Loops))]
    public async Task WebSocketEcho(LoopKind kind)
    {
        using var mirror = new Witness();
        using var echo = new TestServer(EchoWebSocketAsync);
        await using (var rig = new ProxyRig(kind, echo.Address, mirror.Address))
        {
            using var client = new ClientWebSocket();
            await client.ConnectAsync(new Uri($"ws://{rig.Address}/chat"), TestContext.Current.CancellationToken);
            var buffer = new byte[1 << 16];
            foreach (var length in (int[])[1, 125, 126, 60_000])
            {
                var message = Content("x").AsMemory(0, length);
                await client.SendAsync(message, WebSocketMessageType.Binary, true, TestContext.Current.CancellationToken);
                var received = 0;
                while (received < length)
                {
                    received += (await client.ReceiveAsync(buffer.AsMemory(received), TestContext.Current.CancellationToken)).Count;
                }

                Assert.Equal(Content("x").AsSpan(0, length), buffer.AsSpan(0, received));
            }

            client.Abort();
        }

        Assert.Empty(mirror.Seen);
    }

    public void Dispose()
    {
        foreach (var process in _running)
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
            process.Dispose();
        }

        _folder.Delete(recursive: true);
    }

    // What a client masks is sent back unmasked; texts and binary messages only.
    private static async Task EchoWebSocketAsync(TestWire wire)
    {
        var key = new RawMessage((await wire.ReadHeadAsync())!, [])["sec-websocket-key"];
#pragma warning disable CA5350 // RFC 6455 §4.2.2 asks for SHA-1.
        var accept = Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));
#pragma warning restore CA5350
        await wire.WriteAsync(
            $"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: {accept}\r\n\r\n");
        while (true)
        {
            var start = await wire.ReadExactlyAsync(2);
            byte[] more = (start[1] & 127) == 126 ? await wire.ReadExactlyAsync(2) : [];
            var mask = await wire.ReadExactlyAsync(4);
            var payload = await wire.ReadExactlyAsync(more.Length == 0 ? start[1] & 127 : (more[0] << 8) | more[1]);
            var content = payload.Select((octet, at) => (byte)(octet ^ mask[at % 4]));
            await wire.WriteAsync([start[0], (byte)(start[1] & 127), .. more, .. content]);
        }
    }

    private static byte[] Content(string name)
    {
        var content = new byte[name == "small" ? 100 : 3_000_000];
        new Random(name.Length).NextBytes(content);
        return content;
    }

    private static void Needs(string program)
    {
        var folders = Environment.GetEnvironmentVariable("PATH")!.Split(':').Append("/usr/sbin");
        Assert.SkipUnless(folders.Any(folder => File.Exists(Path.Combine(folder, program))), $"needs {program}");
    }

    private static Task<string> CurlAsync(params string[] arguments) => RunAsync("curl", ["--silent", "--show-error", .. arguments]);

    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        var text = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, process.ExitCode);
        return text.Trim();
    }

    private void WriteFiles()
    {
        foreach (var name in (string[])["large", "small"])
        {
            File.WriteAllBytes(Path.Combine(_folder.FullName, name), Content(name));
        }
    }

    private async Task<IPEndPoint> StartPythonAsync()
    {
        Needs("python3");
        WriteFiles();
        var process = Process.Start(new ProcessStartInfo(
            "python3", ["-u", "-m", "http.server", "--bind", "127.0.0.1", "--directory", _folder.FullName, "0"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        _running.Add(process);
        var line = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        return new IPEndPoint(IPAddress.Loopback, int.Parse(Port().Match(line!).Groups[1].Value, CultureInfo.InvariantCulture));
    }

    // nginx cannot be told to take any port, so it is given one that was free a moment ago, and another when that is gone.
    private async Task<IPEndPoint> StartNginxAsync()
    {
        Needs("nginx");
        WriteFiles();
        for (var attempt = 0; attempt < 5; attempt++)
        {
            var address = FreeAddress();
            var configuration = Path.Combine(_folder.FullName, "nginx.conf");
            await File.WriteAllTextAsync(
                configuration,
                $$"""
                user root;
                worker_processes 1;
                daemon off;
                pid {{_folder.FullName}}/nginx.pid;
                error_log stderr notice;
                events { worker_connections 256; }
                http {
                  access_log off;
                  default_type application/octet-stream;
                  client_max_body_size 100m;
                  client_body_temp_path {{_folder.FullName}}/body;
                  proxy_temp_path {{_folder.FullName}}/proxy;
                  fastcgi_temp_path {{_folder.FullName}}/fastcgi;
                  uwsgi_temp_path {{_folder.FullName}}/uwsgi;
                  scgi_temp_path {{_folder.FullName}}/scgi;
                  server { listen {{address}}; root {{_folder.FullName}}; }
                }
                """,
                TestContext.Current.CancellationToken);
            if (await StartsAsync(configuration))
            {
                return address;
            }
        }

        Assert.Skip("nginx does not start here");
        return null!;
    }

    private async Task<bool> StartsAsync(string configuration)
    {
        var nginx = File.Exists("/usr/sbin/nginx") ? "/usr/sbin/nginx" : "nginx";
        var process = Process.Start(new ProcessStartInfo(nginx, ["-p", _folder.FullName, "-e", "stderr", "-c", configuration])
        {
            RedirectStandardError = true,
        })!;
        _running.Add(process);
        while (await process.StandardError.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            if (line.Contains("start worker process", StringComparison.Ordinal))
            {
                // Whatever it says later must not fill the pipe.
                _ = process.StandardError.ReadToEndAsync(CancellationToken.None);
                return true;
            }
        }

        return false;
    }

    private static IPEndPoint FreeAddress()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return (IPEndPoint)socket.LocalEndPoint!;
    }

    [GeneratedRegex(@"port (\d+)")]
    private static partial Regex Port();
}

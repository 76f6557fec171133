using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Parallax.Cli.Admin;
using Parallax.Runs.Running;

namespace Parallax.Cli.Tests.Admin;

/// <summary>The admin port over real connections.</summary>
public sealed class AdminPortTests : IDisposable
{
    private const int LongBytes = 16 << 20;

    private readonly RunLoops _loops = new(NullLogger.Instance, TimeProvider.System);
    private readonly SidePort _port;
    private readonly HttpClient _client;

    public AdminPortTests()
    {
        _port = AdminPort.Open(
            new IPEndPoint(IPAddress.Loopback, 0),
            [],
            [
                new("GET", "/ready", () => AdminAnswer.Text(200, "ready")),
                new("POST", "/drain", () => AdminAnswer.Text(202, "draining")),
                new("GET", "/long", () => AdminAnswer.Text(200, new string('x', LongBytes))),
            ],
            _loops);
        _client = new HttpClient { BaseAddress = new Uri($"http://{_port.LocalEndPoint}") };
    }

    [Theory]
    [InlineData("GET", "/ready", 200, "ready\n")]
    [InlineData("GET", "/ready?verbose", 200, "ready\n")]
    [InlineData("HEAD", "/ready", 200, "")]
    [InlineData("POST", "/drain", 202, "draining\n")]
    [InlineData("GET", "/drain", 405, "/drain does not take GET, but POST\n")]
    [InlineData("HEAD", "/nothing", 404, "")]
    [InlineData("GET", "/nothing", 404, "there is no /nothing here; there are\n  GET /ready\n  POST /drain\n  GET /long\n")]
    public async Task Request_IsAnsweredByItsResource(string method, string path, int status, string body)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var answer = await _client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal(body, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task LocalResource_AskedThroughAnotherAddress_IsRefused()
    {
        var addresses = NetworkInterface.GetAllNetworkInterfaces().Where(each => each.OperationalStatus == OperationalStatus.Up)
            .SelectMany(each => each.GetIPProperties().UnicastAddresses).Select(each => each.Address)
            .Where(each => each.AddressFamily == AddressFamily.InterNetwork);
        var outside = addresses.FirstOrDefault(each => !IPAddress.IsLoopback(each));
        Assert.SkipWhen(outside is null, "the machine has no address besides loopback");
        AdminResource[] resources = [new("POST", "/mirrors", () => AdminAnswer.Text(202, "changed")) { IsLocal = true }];
        using var port = AdminPort.Open(new IPEndPoint(IPAddress.IPv6Any, 0), [], resources, _loops);

        Assert.Equal((202, "changed\n"), await PostAsync(IPAddress.Loopback));
        var (status, text) = await PostAsync(outside!);
        Assert.Equal(403, status);
        Assert.StartsWith("POST /mirrors is for this machine alone; ask it at 127.0.0.1", text, StringComparison.Ordinal);

        async Task<(int Status, string Text)> PostAsync(IPAddress address)
        {
            using var client = new HttpClient();
            using var answer = await client.PostAsync(
                new Uri($"http://{address}:{port.LocalEndPoint.Port}/mirrors"), null, TestContext.Current.CancellationToken);
            return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        }
    }

    [Theory]
    [InlineData("evil.example", null, 403)]
    [InlineData("localhost:9901", null, 202)]
    [InlineData("LocalHost", null, 202)]
    [InlineData("[::1]:9901", null, 202)]
    [InlineData("127.0.0.1", "https://evil.example", 403)]
    public async Task Post_ThatAWebPageMayHaveSent_IsRefused(string host, string? origin, int status)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/drain");
        request.Headers.Host = host;
        if (origin is not null)
        {
            request.Headers.Add("Origin", origin);
        }

        using var answer = await _client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(status, (int)answer.StatusCode);
    }

    [Theory]
    [InlineData("GET /ready HTTP/1.1\r\nHost: evil.example\r\n", "403 Forbidden", "evil.example", "curl http://127.0.0.1:")]
    [InlineData(
        "POST /drain HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: http://evil.example\r\n", "403 Forbidden", "evil.example", "curl -X POST http")]
    [InlineData("GET /none HTTP/1.1\r\nHost: localhost\r\n", "404 Not Found", "/none", "GET /ready")]
    [InlineData("DELETE /ready HTTP/1.1\r\nHost: localhost\r\n", "405 Method Not Allowed", "DELETE", "Allow: GET, HEAD\r\n")]
    [InlineData("GET /drain HTTP/1.1\r\nHost: localhost\r\n", "405 Method Not Allowed", "GET", "Allow: POST\r\n")]
    [InlineData("POST /drain HTTP/1.1\r\nHost: localhost\r\n", "202 Accepted", "draining", "Connection: close\r\n")]
    [InlineData("GET /ready HTTP/1.0\r\n", "200 OK", "ready", "text/plain")]
    [InlineData("GET http://localhost:9901/ready?a HTTP/1.1\r\nHost: other\r\n", "200 OK", "ready", "text/plain")]
    [InlineData("GET http://evil.example/ready HTTP/1.1\r\nHost: localhost\r\n", "403 Forbidden", "evil.example", "/ready")]
    public async Task Answer_SaysInWordsWhatIsWrongAndWhatWouldBeRight(string request, string line, string problem, string remedy)
    {
        var answer = await ExchangeAsync($"{request}Connection: close\r\n\r\n");

        Assert.StartsWith($"HTTP/1.1 {line}\r\n", answer, StringComparison.Ordinal);
        Assert.Contains(problem, answer, StringComparison.Ordinal);
        Assert.Contains(remedy, answer, StringComparison.Ordinal);
        Assert.EndsWith("\n", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rubbish_IsAnswered400AndTheConnectionClosed()
    {
        Assert.StartsWith("HTTP/1.1 400 ", await ExchangeAsync("\u0001\u0002 rubbish\r\n\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Visitor_WhoAsksOnWithoutReading_IsNotAnsweredForLong()
    {
        var answers = await ExchangeAsync(string.Concat(Enumerable.Repeat("HEAD /ready HTTP/1.1\r\nHost: localhost\r\n\r\n", 3))
            + string.Concat(Enumerable.Repeat("GET /long HTTP/1.1\r\nHost: localhost\r\n\r\n", 100)));

        // Two when none is read meanwhile; a few more when the requests come in several pieces.
        Assert.InRange(answers.Length, 2 * LongBytes, 10 * LongBytes);
        Assert.Single(answers.Split("Connection: close\r\n").Skip(1));
    }

    private async Task<string> ExchangeAsync(string request)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(_port.LocalEndPoint, TestContext.Current.CancellationToken);
        await socket.SendAsync(Encoding.ASCII.GetBytes(request), TestContext.Current.CancellationToken);
        using var stream = new NetworkStream(socket);
        using var reader = new StreamReader(stream, Encoding.ASCII, detectEncodingFromByteOrderMarks: false, bufferSize: 1 << 20);
        return await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
    }

    public void Dispose()
    {
        _client.Dispose();
        _port.Dispose();
    }
}

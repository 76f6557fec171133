using System.Net;
using System.Net.Sockets;
using System.Text;
using Parallax.Cli.Admin;

namespace Parallax.Cli.Tests.Admin;

/// <summary>The admin port over real connections.</summary>
public sealed class AdminPortTests : IDisposable
{
    private readonly AdminPort _port = AdminPort.Open(new IPEndPoint(IPAddress.Loopback, 0),
    [
        new("GET", "/ready", () => AdminAnswer.Text(200, "ready")),
        new("POST", "/drain", () => AdminAnswer.Text(202, "draining")),
    ]);

    private readonly HttpClient _client;

    public AdminPortTests() => _client = new HttpClient { BaseAddress = new Uri($"http://{_port.LocalEndPoint}") };

    [Theory]
    [InlineData("GET", "/ready", 200, "ready\n")]
    [InlineData("GET", "/ready?verbose", 200, "ready\n")]
    [InlineData("HEAD", "/ready", 200, "")]
    [InlineData("POST", "/drain", 202, "draining\n")]
    [InlineData("GET", "/drain", 405, "/drain wants POST\n")]
    [InlineData("GET", "/nothing", 404, "there are GET /ready, POST /drain\n")]
    public async Task Request_IsAnsweredByItsResource(string method, string path, int status, string body)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var answer = await _client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal(body, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("evil.example", null, 403)]
    [InlineData("localhost:9901", null, 202)]
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

    [Fact]
    public async Task Rubbish_IsAnswered400AndTheConnectionClosed()
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(_port.LocalEndPoint, TestContext.Current.CancellationToken);
        await socket.SendAsync("\u0001\u0002 rubbish\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        using var stream = new NetworkStream(socket);
        using var reader = new StreamReader(stream, Encoding.ASCII);

        Assert.StartsWith("HTTP/1.1 400 ", await reader.ReadToEndAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _client.Dispose();
        _port.Dispose();
    }
}

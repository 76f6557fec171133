using System.Text;
using Parallax.Proxy.Tests.Serving;
using Parallax.TestKit;
using Parallax.Wire.Http1;

namespace Parallax.Proxy.Tests.Primary;

/// <summary>Answers that clients took before there was a proxy: they pass, in a form that nobody reads differently.</summary>
public sealed class OldAnswersTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    public static TheoryData<string, string> Answers => new()
    {
        { "HTTP/1.1 200 OK\nA: 1\nContent-Length: 2\n\nhi", "HTTP/1.1 200 OK\r\nA: 1\r\nContent-Length: 2\r\n\r\nhi" },
        { "HTTP/1.1 200 OK\r\nA: 1\nContent-Length: 2\r\n\nhi", "HTTP/1.1 200 OK\r\nA: 1\r\nContent-Length: 2\r\n\r\nhi" },
        {
            "HTTP/1.1 200 OK\r\nA: 1,\r\n\t 2\r\nKeep-Alive: a,\r\n b\r\nContent-Length: 2\r\n\r\nhi",
            "HTTP/1.1 200 OK\r\nA: 1, 2\r\nContent-Length: 2\r\n\r\nhi"
        },
        {
            "HTTP/1.1 103 Early Hints\nLink: x\n\nHTTP/1.1 200 OK\nContent-Length: 0\n\n",
            "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
        },
        {
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n"
        },
        {
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n1\r\na\r\n0\r\n\r\n"
        },
        {
            "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n"
        },
        {
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na",
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na"
        },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task OldAnswer_PassesInTheFormThatAllReadAlike(string answer, string passedOn)
    {
        using var primary = TestServer.Answering(_ => answer);
        await using var rig = new ProxyRig(LoopKind.Epoll, primary.Address);
        using var client = await rig.ConnectAsync();
        await client.WriteAsync(Get);
        Assert.Equal(passedOn, Encoding.Latin1.GetString(await client.ReadExactlyAsync(passedOn.Length)));
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")]
    public async Task PrimaryThatContradictsItself_IsAskedOnANewConnectionNext(string answer)
    {
        using var primary = TestServer.Answering(_ => answer);
        await using var rig = new ProxyRig(LoopKind.Epoll, primary.Address);
        await rig.SendAsync(Get);
        await rig.SendAsync(Get);
        Assert.Equal(2, rig.Account.Connects);
    }

    [Fact]
    public async Task CodingButChunked_EndsWithTheConnection()
    {
        using var primary = new TestServer(async wire =>
        {
            await wire.ReadAsync();
            await wire.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: gzip\r\n\r\nabc");
        });
        await using var rig = new ProxyRig(LoopKind.Epoll, primary.Address);
        using var client = await rig.ConnectAsync();
        await client.WriteAsync(Get);
        Assert.Equal(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\nConnection: close\r\n\r\nabc",
            Encoding.Latin1.GetString(await client.ReadToEndAsync()));
    }

    [Theory]
    [MemberData(nameof(Answers))]
    public void OldAnswer_AnySplit_IsReadTheSame(string answer, string passedOn)
    {
        Assert.NotEmpty(passedOn);
        var octets = Encoding.Latin1.GetBytes(answer);
        for (var split = 0; split <= octets.Length; split++)
        {
            var reader = new MessageReader(MessageKind.Response, Http1Policy.Relayed);
            var ends = 0;
            foreach (var piece in new[] { octets[..split], octets[split..] })
            {
                var rest = piece.AsSpan();
                ReadEvent readEvent;
                while ((readEvent = reader.Read(rest, out var consumed)).Kind is not ReadEventKind.NeedMore)
                {
                    Assert.NotEqual(ReadEventKind.Malformed, readEvent.Kind);
                    rest = rest[consumed..];
                    ends += readEvent.Kind == ReadEventKind.End ? 1 : 0;
                }
            }

            Assert.Equal(answer.Contains("103", StringComparison.Ordinal) ? 2 : 1, ends);
        }
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\nHost: a\n\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n z\r\n\r\n")]
    public async Task Request_IsNotReadLikeThat(string request)
    {
        using var primary = TestServer.Echo();
        await using var rig = new ProxyRig(LoopKind.Epoll, primary.Address);
        Assert.Equal(400, (await rig.SendAsync(request)).Status);
        Assert.Equal(0, primary.Accepted);
    }
}

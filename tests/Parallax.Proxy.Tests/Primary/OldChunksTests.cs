using System.Text;
using Parallax.Proxy.Accounts;
using Parallax.Proxy.Primary;
using Parallax.Proxy.Tests.Serving;
using Parallax.Shadows.Clients;
using Parallax.TestKit;
using Parallax.Wire.Http1;

namespace Parallax.Proxy.Tests.Primary;

/// <summary>Chunks as old servers write them, which curl and browsers read: they reach the client in the form that all read alike.
/// </summary>
public sealed class OldChunksTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    private const string Head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

    public static TheoryData<string, string> Bodies => new()
    {
        { "5\nhello\n6\n world\n0\n\n", "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n" },
        { "5\nhello\r\n0\r\n\r\n", "5\r\nhello\r\n0\r\n\r\n" },
        { "5\r\nhello\n0\r\n\r\n", "5\r\nhello\r\n0\r\n\r\n" },
        { "5\r\nhello\r\n0\n\r\n", "5\r\nhello\r\n0\r\n\r\n" },
        { "5\r\nhello\r\n0\r\n\n", "5\r\nhello\r\n0\r\n\r\n" },
        { "5  \r\nhello\r\n0 \t\r\n\r\n", "5\r\nhello\r\n0\r\n\r\n" },
        { "5 \nhe\nlo\n000\n\n", "5\r\nhe\nlo\r\n000\r\n\r\n" },
        { "5 ; a = b ;c\r\nhello\r\n0\r\n\r\n", "5;a=b;c\r\nhello\r\n0\r\n\r\n" },
        { "5;a=\"x\" \nhello\n0;z\n\n", "5;a=\"x\"\r\nhello\r\n0;z\r\n\r\n" },
        { "5\nhello\n0\nA: b c\nD: e\n\n", "5\r\nhello\r\n0\r\nA: b c\r\nD: e\r\n\r\n" },
        { "5 \r\nhello\r\n0\r\nA: b c\r\n\r\n", "5\r\nhello\r\n0\r\nA: b c\r\n\r\n" },
        { "5;a\r\nhello\r\n0\r\nA: b c\r\n\r\n", "5;a\r\nhello\r\n0\r\nA: b c\r\n\r\n" },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task Body_ReachesTheClientWellFormed_AndTheConnectionIsUsedAgain(string body, string passedOn)
    {
        using var primary = TestServer.Answering(_ => Head + body);
        await using var rig = new ProxyRig(LoopKind.Epoll, primary.Address);
        using var client = await rig.ConnectAsync();
        for (var time = 0; time < 2; time++)
        {
            await client.WriteAsync(Get);
            Assert.Equal(passedOn, (await client.ReadAsync())!.Text);
        }

        Assert.Equal(1, rig.Account.Connects);
    }

    [Theory]
    [MemberData(nameof(Bodies))]
    public void Body_AnyTwoSplits_ReachesTheClientTheSame(string body, string passedOn)
    {
        var octets = Encoding.Latin1.GetBytes(Head + body);
        for (var first = 0; first <= octets.Length; first++)
        {
            for (var second = first; second <= octets.Length; second++)
            {
                Assert.Equal(passedOn, PassedOn(octets[..first], octets[first..second], octets[second..]));
            }
        }
    }

    [Theory]
    [InlineData("5 5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("\n5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("5\rhello\r\n0\r\n\r\n")]
    [InlineData("5;a b\r\nhello\r\n0\r\n\r\n")]
    [InlineData("5;\nhello\n0\n\n")]
    [InlineData("5\nhello!\n0\n\n")]
    [InlineData("5\nhello\r0\n\n")]
    [InlineData("0\nno colon\n\n")]
    public async Task BodyThatIsWrongOtherwise_IsBrokenOff(string body)
    {
        using var primary = TestServer.Answering(_ => Head + body);
        await using var rig = new ProxyRig(LoopKind.Epoll, primary.Address);
        using var client = await rig.ConnectAsync();
        await client.WriteAsync(Get);
        await client.ReadHeadAsync();
        Assert.DoesNotContain("0\r\n\r\n", Encoding.Latin1.GetString(await client.ReadToEndAsync()));
        Assert.Equal(1, rig.Account.CutShortFor[(int)BreakReason.PrimaryFailed]);
    }

    [Theory]
    [InlineData("5\nhello\r\n0\r\n\r\n")]
    [InlineData("5\r\nhello\n0\r\n\r\n")]
    [InlineData("5 \r\nhello\r\n0\r\n\r\n")]
    [InlineData("5\r\nhello\r\n0\r\n\n")]
    public async Task BodyOfARequest_IsRefused(string body)
    {
        using var primary = TestServer.Echo();
        await using var rig = new ProxyRig(LoopKind.Epoll, primary.Address);
        var request = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + body;
        Assert.Equal(400, (await rig.SendAsync(request)).Status);
    }

    [Fact]
    public async Task BodyOfAShadow_IsAnAnswer()
    {
        using var primary = TestServer.Echo();
        using var shadow = TestServer.Answering(_ => "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n5\nhello\n0\n\n");
        await using var rig = new ProxyRig(LoopKind.Epoll, primary.Address, shadow.Address);
        await rig.SendAsync(Get);
        await ClientGoneTests.UntilAsync(() => rig.Account.Shadows.Sum(each => each.Answered) == 1);
    }

    private static string PassedOn(params byte[][] pieces)
    {
        var machine = new ResponseReader(Http1Policy.Relayed);
        var framing = new ChunkFraming();
        var written = new List<byte>();
        machine.Begin(KnownMethod.Get);
        foreach (var piece in pieces)
        {
            ReadOnlySpan<byte> rest = piece;
            ReadEvent readEvent;
            while (machine.IsAwaitingResponse && (readEvent = machine.Read(rest, out var consumed)).Kind != ReadEventKind.NeedMore)
            {
                Assert.NotEqual(ReadEventKind.Malformed, readEvent.Kind);
                rest = rest[consumed..];
                if (readEvent.Kind == ReadEventKind.Body && machine.OldChunks is not OldChunkForm.None and var form)
                {
                    written.AddRange(framing.Write(readEvent.RawOctets, readEvent.ContentOctets, form));
                }
                else if (readEvent.Kind == ReadEventKind.Body)
                {
                    framing.Pass(readEvent.RawOctets, readEvent.ContentOctets);
                    written.AddRange(readEvent.RawOctets);
                }
            }
        }

        Assert.False(machine.IsAwaitingResponse);
        return Encoding.Latin1.GetString([.. written]);
    }
}

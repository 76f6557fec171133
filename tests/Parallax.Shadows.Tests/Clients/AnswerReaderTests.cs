using System.Text;
using Parallax.Shadows.Clients;
using Parallax.Wire.Http1;

namespace Parallax.Shadows.Tests.Clients;

public sealed class AnswerReaderTests
{
    public static TheoryData<string, string, string> Transcripts => new()
    {
        { "GET", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "Answered 200 5 reusable" },
        { "GET", "HTTP/1.1 204 No Content\r\n\r\n", "Answered 204 0 reusable" },
        { "GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", "Answered 304 0 reusable" },
        { "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", "Answered 200 0 reusable" },
        { "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\nA: b\r\n\r\n", "Answered 200 5 reusable" },
        { "GET", "HTTP/1.1 100 C\r\n\r\nHTTP/1.1 103 E\r\n\r\nHTTP/1.1 201 O\r\nContent-Length: 0\r\n\r\n", "Answered 201 0 reusable" },
        { "GET", "HTTP/1.1 302 Found\r\nLocation: /else\r\nContent-Length: 0\r\n\r\n", "Answered 302 0 reusable" },
        { "GET", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi", "Answered 200 2 closing" },
        { "GET", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", "Answered 200 2 closing" },
        { "GET", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n\u0001\u0002", "Answered 101 0 closing" },
        { "GET", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhiHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "Answered 200 2 closing" },
        { "GET", "HTTP/1.1 200 OK\r\n\r\nuntil the end", "Pending|Answered 200 13 closing" },
        { "GET", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", "Pending|EndedEarly" },
        { "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "Pending|EndedEarly" },
        { "GET", "HTTP/1.1 200 OK\r\nContent-Le", "Pending|EndedEarly" },
        { "GET", "HTTP/1.1 100 Continue\r\n\r\n", "Pending|EndedEarly" },
        { "GET", "SSH-2.0-OpenSSH_9.2\r\n", "Malformed" },
        { "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "Malformed" },
        { "GET", "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + new string('x', 4000), "Cut" },
    };

    [Theory]
    [MemberData(nameof(Transcripts))]
    public void Receive_EverySplit_GivesTheSame(string method, string answer, string expected)
    {
        var octets = Encoding.Latin1.GetBytes(answer);
        for (var split = 0; split <= octets.Length; split++)
        {
            Assert.Equal(expected, Play(method, [octets[..split], octets[split..]]));
        }
    }

    [Theory]
    [MemberData(nameof(Transcripts))]
    public void Receive_OctetByOctet_GivesTheSame(string method, string answer, string expected) =>
        Assert.Equal(expected, Play(method, Encoding.Latin1.GetBytes(answer).Select(octet => new[] { octet })));

    [Fact]
    public void Begin_AfterAnAnswer_ReadsTheNextOnTheSameConnection()
    {
        var rig = new AnswerRig(1000);
        rig.Begin(KnownMethod.Head);
        Assert.Equal(AnswerProgress.Answered, rig.Receive("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"u8));
        rig.Begin(KnownMethod.Get);
        Assert.Equal(AnswerProgress.Pending, rig.Receive("HTTP"u8));
        Assert.Equal(0, rig.Status);
        Assert.Equal(AnswerProgress.Pending, rig.Receive("/1.1 500 No\r\nContent-Length: 5\r\n\r\nhe"u8));
        Assert.Equal(AnswerProgress.Answered, rig.Receive("llo"u8));
        Assert.Equal((500, 5, true), (rig.Status, rig.BodyOctets, rig.IsReusable));
    }

    [Fact]
    public void Receive_AnyOctets_NeverThrows()
    {
        string[] parts =
        [
            "HTTP/1.1 ", "HTTP/1.0 200 OK", "200", "100", "101", "\r\n", "\n", "\r", "\r\n\r\n", "Content-Length: ", "5",
            "99999999999999999999", "Transfer-Encoding: chunked", "Connection: close", "f\r\n", "0\r\n\r\n", "ffffffffffffffff\r\n",
            "-1", ":", " ", "\u00FF", "\0",
        ];
        var random = new Random(9);
        var rig = new AnswerRig(50);
        for (var time = 0; time < 50_000; time++)
        {
            rig = random.Next(4) == 0 || rig.IsAwaitingAnswer ? new AnswerRig(50) : rig;
            rig.Begin(KnownMethod.Get);
            var text = (random.Next(2) == 0 ? "HTTP/1.1 200 OK\r\n" : "")
                + string.Concat(Enumerable.Range(0, random.Next(1, 12)).Select(_ => parts[random.Next(parts.Length)]));
            if (rig.Receive(Encoding.Latin1.GetBytes(text)) == AnswerProgress.Pending && random.Next(2) == 0)
            {
                rig.ReceiveEnd();
            }
        }
    }

    private static string Play(string method, IEnumerable<byte[]> pieces)
    {
        var rig = new AnswerRig(3000);
        rig.Begin(method == "HEAD" ? KnownMethod.Head : KnownMethod.Get);
        foreach (var piece in pieces)
        {
            // As the connection does: once the answer is over nothing more is handed in; what is after it in time closes the connection.
            if (!rig.IsAwaitingAnswer)
            {
                return Describe(rig, AnswerProgress.Answered, piece.Length > 0);
            }

            var progress = piece.Length > 0 ? rig.Receive(piece) : AnswerProgress.Pending;
            if (progress is AnswerProgress.Malformed or AnswerProgress.Cut)
            {
                return progress.ToString();
            }
        }

        return rig.IsAwaitingAnswer
            ? "Pending|" + (rig.ReceiveEnd() ? Describe(rig, AnswerProgress.Answered, false) : "EndedEarly")
            : Describe(rig, AnswerProgress.Answered, false);
    }

    private static string Describe(AnswerRig rig, AnswerProgress progress, bool hasMore) => progress == AnswerProgress.Answered
        ? $"Answered {rig.Status} {rig.BodyOctets} {(rig.IsReusable && !hasMore ? "reusable" : "closing")}"
        : progress.ToString();
}

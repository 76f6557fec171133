using System.Text;
using Parallax.Shadows.Clients;
using Parallax.TestKit;
using Parallax.Traffic.Exchanges;

namespace Parallax.Shadows.Tests.Clients;

public sealed class ClientMachineTests : IDisposable
{
    private readonly OctetPool _pool = new(64 << 20, new BlockTracker());
    private readonly List<Message> _requests = [];

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
        var machine = new ClientMachine(1000);
        machine.Begin(Request("HEAD / HTTP/1.1\r\n\r\n"));
        Assert.Equal(AnswerProgress.Answered, machine.Receive("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"u8));
        machine.Begin(Request("GET / HTTP/1.1\r\n\r\n"));
        Assert.Equal(0, machine.Status);
        Assert.Equal(AnswerProgress.Pending, machine.Receive("HTTP/1.1 500 No\r\nContent-Length: 5\r\n\r\nhe"u8));
        Assert.Equal(AnswerProgress.Answered, machine.Receive("llo"u8));
        Assert.Equal((500, 5, true), (machine.Status, machine.BodyOctets, machine.IsReusable));
    }

    [Fact]
    public void TryNextPart_LargeBody_GivesItOctetForOctet()
    {
        var body = new byte[300_000];
        new Random(1).NextBytes(body);
        var machine = new ClientMachine(1000);
        machine.Begin(Request("POST / HTTP/1.1\r\nContent-Length: 300000\r\n\r\n", body));
        var sent = new List<byte>();
        while (machine.TryNextPart(out var part))
        {
            Assert.False(part.IsEmpty);
            sent.AddRange(part.Span);
        }

        Assert.Equal(body, sent);
    }

    [Fact]
    public void TryNextPart_NoBody_HasNone()
    {
        var machine = new ClientMachine(1000);
        machine.Begin(Request("GET / HTTP/1.1\r\n\r\n"));
        Assert.False(machine.HasMoreToSend || machine.TryNextPart(out _));
    }

    [Fact]
    public void Receive_BeforeTheRequestIsSent_IsAnAnswerAndTheRestIsStillThere()
    {
        var machine = new ClientMachine(1000);
        machine.Begin(Request("POST / HTTP/1.1\r\nContent-Length: 100000\r\n\r\n", new byte[100_000]));
        Assert.True(machine.TryNextPart(out _));
        Assert.Equal(AnswerProgress.Answered, machine.Receive("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n"u8));
        Assert.True(machine.HasMoreToSend && !machine.IsAwaitingAnswer);
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
        var machine = new ClientMachine(50);
        for (var time = 0; time < 50_000; time++)
        {
            machine = random.Next(4) == 0 || machine.IsAwaitingAnswer ? new ClientMachine(50) : machine;
            machine.Begin(_requests.Count > 0 ? _requests[0] : Request("GET / HTTP/1.1\r\n\r\n"));
            var text = (random.Next(2) == 0 ? "HTTP/1.1 200 OK\r\n" : "")
                + string.Concat(Enumerable.Range(0, random.Next(1, 12)).Select(_ => parts[random.Next(parts.Length)]));
            if (machine.Receive(Encoding.Latin1.GetBytes(text)) == AnswerProgress.Pending && random.Next(2) == 0)
            {
                machine.ReceiveEnd();
            }
        }
    }

    public void Dispose()
    {
        _requests.ForEach(request => request.Dispose());
        Assert.Equal(0, _pool.RentedBlocks);
    }

    private string Play(string method, IEnumerable<byte[]> pieces)
    {
        var machine = new ClientMachine(3000);
        machine.Begin(Request($"{method} / HTTP/1.1\r\n\r\n"));
        foreach (var piece in pieces)
        {
            // As the connection does: once the answer is over nothing more is handed in; what is after it in time closes the connection.
            if (!machine.IsAwaitingAnswer)
            {
                return Describe(machine, AnswerProgress.Answered, piece.Length > 0);
            }

            var progress = piece.Length > 0 ? machine.Receive(piece) : AnswerProgress.Pending;
            if (progress is AnswerProgress.Malformed or AnswerProgress.Cut)
            {
                return progress.ToString();
            }
        }

        return machine.IsAwaitingAnswer
            ? "Pending|" + Describe(machine, machine.ReceiveEnd(), false)
            : Describe(machine, AnswerProgress.Answered, false);
    }

    private static string Describe(ClientMachine machine, AnswerProgress progress, bool hasMore) => progress == AnswerProgress.Answered
        ? $"Answered {machine.Status} {machine.BodyOctets} {(machine.IsReusable && !hasMore ? "reusable" : "closing")}"
        : progress.ToString();

    private Message Request(string head, byte[]? body = null)
    {
        var request = Messages.Request(_pool, head, body);
        _requests.Add(request);
        return request;
    }
}

internal static class ClientMachineExtensions
{
    /// <summary>Receives what holds one answer at most.</summary>
    public static AnswerProgress Receive(this ClientMachine machine, ReadOnlySpan<byte> octets) => machine.Receive(octets, out _);
}

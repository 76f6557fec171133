using System.Text;
using Parallax.Shadows.Clients;
using Parallax.TestKit;
using Parallax.Traffic.Exchanges;

namespace Parallax.Shadows.Tests.Clients;

/// <summary>Several requests begun before the first is answered.</summary>
public sealed class ClientMachinePipelineTests : IDisposable
{
    private const string Empty = "HTTP/1.1 204 No\r\n\r\n";
    private const string Hello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    private const string HeadOnly = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
    private const string Interim = "HTTP/1.1 100 C\r\n\r\n";
    private const string Chunked = "HTTP/1.1 201 Made\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nA: b\r\n\r\n";

    private readonly OctetPool _pool = new(64 << 20, new BlockTracker());
    private readonly List<Message> _requests = [];

    /// <summary>Methods; what the server sends; what becomes of it: an answer each, + when the connection goes on after it, ! when octets
    /// are left that nobody asked for, and how it ends.</summary>
    public static TheoryData<string, string, string> Transcripts => new()
    {
        { "GET GET GET", Hello + Empty + Chunked, "200:5+ 204:0+ 201:2+" },
        { "HEAD GET HEAD", HeadOnly + Hello + HeadOnly, "200:0+ 200:5+ 200:0+" },
        { "GET HEAD", Interim + "HTTP/1.1 103 E\r\n\r\n" + Hello + Interim + HeadOnly, "200:5+ 200:0+" },
        { "GET GET GET", Hello + "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi", "200:5+ 200:2-" },
        { "GET GET", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", "200:2-" },
        { "GET GET GET", Empty + "HTTP/1.1 200 OK\r\n\r\nuntil the end", "204:0+ pending Answered 200:13-" },
        { "GET GET", Hello + "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe", "200:5+ pending EndedEarly" },
        { "GET GET", Hello, "200:5+ pending EndedEarly" },
        { "GET GET", Hello + "garbage\r\n\r\n", "200:5+ Malformed" },
        { "GET GET", Hello + "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + new string('x', 4000), "200:5+ Cut" },
        { "GET GET", Hello + "HTTP/1.1 101 S\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", "200:5+ 101:0-" },
    };

    [Theory]
    [MemberData(nameof(Transcripts))]
    public void Receive_EverySplit_GivesTheSame(string methods, string answers, string expected)
    {
        var octets = Encoding.Latin1.GetBytes(answers);
        for (var split = 0; split <= octets.Length; split++)
        {
            Assert.Equal(expected, Play(methods, [octets[..split], octets[split..]]));
        }
    }

    [Theory]
    [MemberData(nameof(Transcripts))]
    public void Receive_OctetByOctet_GivesTheSame(string methods, string answers, string expected) =>
        Assert.Equal(expected, Play(methods, Encoding.Latin1.GetBytes(answers).Select(octet => new[] { octet })));

    [Fact]
    public void Begin_BetweenTheOctetsOfAnAnswer_TakesPartInTheOrder()
    {
        var octets = Encoding.Latin1.GetBytes(Hello + "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
        for (var split = 0; split < Hello.Length; split++)
        {
            var machine = new ClientMachine(1000);
            machine.Begin(Request("GET"));
            Assert.True(split == 0 || machine.Receive(octets.AsSpan(0, split)) == AnswerProgress.Pending);
            machine.Begin(Request("HEAD"));
            Assert.Equal(AnswerProgress.Answered, machine.Receive(octets.AsSpan(split), out var consumed));
            Assert.Equal((5, true), (machine.BodyOctets, machine.IsReusable));
            Assert.Equal(AnswerProgress.Answered, machine.Receive(octets.AsSpan(split + consumed), out _));
            Assert.Equal((0, true), (machine.BodyOctets, machine.IsReusable));
        }
    }

    [Fact]
    public void Receive_OctetsBehindTheLastAnswer_EndTheTrust()
    {
        var machine = new ClientMachine(1000);
        machine.Begin(Request("GET"));
        machine.Begin(Request("GET"));
        var octets = Encoding.Latin1.GetBytes(Hello + Empty + "x");
        Assert.Equal(AnswerProgress.Answered, machine.Receive(octets, out var consumed));
        Assert.True(machine.IsReusable);
        Assert.Equal(AnswerProgress.Answered, machine.Receive(octets.AsSpan(consumed), out _));
        Assert.False(machine.IsReusable);
    }

    [Fact]
    public void TryNextPart_Prepared_GivesHeadAndBodyTogether()
    {
        var machine = new ClientMachine(1000);
        using var request = Messages.Prepared(_pool, "POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n", "hi"u8);
        machine.Begin(request, isPrepared: true);
        Assert.True(machine.TryNextPart(out var part));
        Assert.EndsWith("\r\n\r\nhi", Encoding.Latin1.GetString(part.Span), StringComparison.Ordinal);
        Assert.False(machine.TryNextPart(out _));
    }

    public void Dispose()
    {
        _requests.ForEach(request => request.Dispose());
        Assert.Equal(0, _pool.RentedBlocks);
    }

    // As the connection does it.
    private string Play(string methods, IEnumerable<byte[]> pieces)
    {
        var machine = new ClientMachine(3000);
        foreach (var method in methods.Split(' '))
        {
            machine.Begin(Request(method));
        }

        var said = new List<string>();
        foreach (var piece in pieces)
        {
            for (var at = 0; at < piece.Length;)
            {
                var progress = machine.Receive(piece.AsSpan(at), out var consumed);
                at += consumed;
                if (progress != AnswerProgress.Pending && !Tell(said, machine, progress))
                {
                    return string.Join(' ', said);
                }
            }
        }

        if (machine.IsAwaitingAnswer)
        {
            said.Add("pending");
            var progress = machine.ReceiveEnd();
            said.Add(progress.ToString());
            if (progress == AnswerProgress.Answered)
            {
                Tell(said, machine, progress);
            }
        }

        return string.Join(' ', said);
    }

    private static bool Tell(List<string> said, ClientMachine machine, AnswerProgress progress)
    {
        said.Add(progress == AnswerProgress.Answered
            ? $"{machine.Status}:{machine.BodyOctets}{(machine.IsReusable ? "+" : "-")}"
            : progress.ToString());
        return progress == AnswerProgress.Answered && machine.IsReusable;
    }

    private Message Request(string method)
    {
        var request = Messages.Request(_pool, $"{method} / HTTP/1.1\r\n\r\n");
        _requests.Add(request);
        return request;
    }
}

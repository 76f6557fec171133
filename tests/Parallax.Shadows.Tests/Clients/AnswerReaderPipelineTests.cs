using System.Text;
using Parallax.Shadows.Clients;
using Parallax.Wire.Http1;

namespace Parallax.Shadows.Tests.Clients;

/// <summary>Several requests begun before the first is answered.</summary>
public sealed class AnswerReaderPipelineTests
{
    private const string Empty = "HTTP/1.1 204 No\r\n\r\n";
    private const string Hello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    private const string HeadOnly = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
    private const string Interim = "HTTP/1.1 100 C\r\n\r\n";
    private const string Chunked = "HTTP/1.1 201 Made\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nA: b\r\n\r\n";

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
            var rig = new AnswerRig(1000);
            rig.Begin(KnownMethod.Get);
            Assert.True(split == 0 || rig.Receive(octets.AsSpan(0, split)) == AnswerProgress.Pending);
            rig.Begin(KnownMethod.Head);
            Assert.Equal(AnswerProgress.Answered, rig.Receive(octets.AsSpan(split), out var consumed));
            Assert.Equal((5, true), (rig.BodyOctets, rig.IsReusable));
            Assert.Equal(AnswerProgress.Answered, rig.Receive(octets.AsSpan(split + consumed), out _));
            Assert.Equal((0, true), (rig.BodyOctets, rig.IsReusable));
        }
    }

    [Fact]
    public void Receive_OctetsAfterTheLastAnswer_EndTheTrust()
    {
        var rig = new AnswerRig(1000);
        rig.Begin(KnownMethod.Get);
        rig.Begin(KnownMethod.Get);
        var octets = Encoding.Latin1.GetBytes(Hello + Empty + "x");
        Assert.Equal(AnswerProgress.Answered, rig.Receive(octets, out var consumed));
        Assert.True(rig.IsReusable);
        Assert.Equal(AnswerProgress.Answered, rig.Receive(octets.AsSpan(consumed), out _));
        Assert.False(rig.IsReusable);
    }

    // As the connection does it.
    private static string Play(string methods, IEnumerable<byte[]> pieces)
    {
        var rig = new AnswerRig(3000);
        foreach (var method in methods.Split(' '))
        {
            rig.Begin(method == "HEAD" ? KnownMethod.Head : KnownMethod.Get);
        }

        var said = new List<string>();
        foreach (var piece in pieces)
        {
            for (var at = 0; at < piece.Length;)
            {
                var progress = rig.Receive(piece.AsSpan(at), out var consumed);
                at += consumed;
                if (progress != AnswerProgress.Pending && !Tell(said, rig, progress))
                {
                    return string.Join(' ', said);
                }
            }
        }

        if (rig.IsAwaitingAnswer)
        {
            said.Add("pending");
            if (rig.ReceiveEnd())
            {
                said.Add("Answered");
                Tell(said, rig, AnswerProgress.Answered);
            }
            else
            {
                said.Add("EndedEarly");
            }
        }

        return string.Join(' ', said);
    }

    private static bool Tell(List<string> said, AnswerRig rig, AnswerProgress progress)
    {
        said.Add(progress == AnswerProgress.Answered
            ? $"{rig.Status}:{rig.BodyOctets}{(rig.IsReusable ? "+" : "-")}"
            : progress.ToString());
        return progress == AnswerProgress.Answered && rig.IsReusable;
    }
}

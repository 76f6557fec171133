using System.Text;
using Parallax.Proxy.Requests;
using Parallax.Shadows.Clients;
using Parallax.Wire.Http1;

namespace Parallax.Proxy.Tests.Requests;

/// <summary>The two machines, at every split of what they are handed.</summary>
public sealed class MachineTests
{
    private const string Requests =
        "GET /a HTTP/1.1\r\nHost: a\r\n\r\nPOST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
        + "POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nde\r\n1;x\r\nf\r\n0\r\nT: 1\r\n\r\n"
        + "HEAD /d HTTP/1.0\r\n\r\n";

    private const string Chunks = "1\r\na\r\n0\r\nT: 1\r\n\r\n";

    private const string Interim = "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n";

    [Fact]
    public void Requests_AnySplit_AreReadOneByOne()
    {
        const string Expected = "[/a][/b:abc][/c:2\r\nde\r\n1;x\r\nf\r\n0\r\nT: 1\r\n\r\n][/d]";
        var octets = Encoding.Latin1.GetBytes(Requests);
        for (var first = 0; first <= octets.Length; first++)
        {
            for (var second = first; second <= octets.Length; second += 7)
            {
                Assert.Equal(Expected, ReadRequests(octets[..first], octets[first..second], octets[second..]));
            }
        }
    }

    [Fact]
    public void Requests_BehindOneNotAnswered_AreLeftWhereTheyAre()
    {
        var machine = new ServerMachine(Http1Policy.Active);
        var octets = "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\n"u8;
        Assert.Equal(ReadEventKind.Head, machine.Read(octets, out var head).Kind);
        Assert.Equal(ReadEventKind.End, machine.Read(octets[head..], out var end).Kind);
        Assert.Equal(ReadEventKind.NeedMore, machine.Read(octets[(head + end)..], out var more).Kind);
        Assert.Equal(0, more);
        Assert.True(machine.IsWhole);
        machine.BeginNext();
        machine.Read(octets[(head + end)..], out more);
        Assert.Equal(octets.Length - head - end, more);
        Assert.False(machine.IsIdle);
    }

    [Theory]
    [InlineData(KnownMethod.Get, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", "(200:abc)", true)]
    [InlineData(KnownMethod.Get, Interim + Interim + "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", "103 103 (200:abc)", true)]
    [InlineData(KnownMethod.Get, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + Chunks, "(200:" + Chunks + ")", true)]
    [InlineData(KnownMethod.Head, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", "(200:)", true)]
    [InlineData(KnownMethod.Get, "HTTP/1.1 204 No Content\r\n\r\n", "(204:)", true)]
    [InlineData(KnownMethod.Get, "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", "(304:)", true)]
    [InlineData(KnownMethod.Get, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\na", "(200:a)", false)]
    [InlineData(KnownMethod.Get, "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na", "(200:a)", false)]
    [InlineData(KnownMethod.Get, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nab", "(200:a)", false)]
    [InlineData(KnownMethod.Get, "HTTP/1.1 200 OK\r\n\r\nto the end", "(200:to the end)", false)]
    public void Response_AnySplit_IsReadTheSame(KnownMethod method, string response, string expected, bool isReusable)
    {
        var octets = Encoding.Latin1.GetBytes(response);
        for (var split = 0; split <= octets.Length; split++)
        {
            var machine = new ResponseReader(Http1Policy.Active);
            machine.Begin(method);
            var seen = ReadResponse(machine, octets[..split]) + (machine.IsAwaitingResponse ? ReadResponse(machine, octets[split..]) : "");
            if (machine.IsAwaitingResponse)
            {
                Assert.True(machine.TryFinish());
                seen += ")";
            }

            Assert.Equal(expected, seen);

            // Octets after the end that come later are met by the connection, not by the machine.
            var isExcessLate = response.EndsWith("ab", StringComparison.Ordinal) && split == octets.Length - 1;
            Assert.Equal(isReusable || isExcessLate, machine.IsReusable);
        }
    }

    [Fact]
    public void Response_CutOff_DoesNotEndInOrder()
    {
        var machine = new ResponseReader(Http1Policy.Active);
        machine.Begin(KnownMethod.Get);
        Assert.Equal("(200:ab", ReadResponse(machine, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab"u8.ToArray()));
        Assert.False(machine.TryFinish());
    }

    private static string ReadRequests(params byte[][] pieces)
    {
        var machine = new ServerMachine(Http1Policy.Active);
        var seen = new StringBuilder();
        byte[] left = [];
        foreach (var piece in pieces)
        {
            left = [.. left, .. piece];
            while (true)
            {
                var readEvent = machine.Read(left, out var consumed);
                var target = readEvent.Kind == ReadEventKind.Head
                    ? Encoding.Latin1.GetString(machine.Head.Target.Of(readEvent.RawOctets))
                    : "";
                var body = readEvent.Kind == ReadEventKind.Body ? Encoding.Latin1.GetString(readEvent.RawOctets) : "";
                left = left[consumed..];
                if (readEvent.Kind == ReadEventKind.NeedMore)
                {
                    break;
                }

                seen.Append(readEvent.Kind == ReadEventKind.Head ? $"[{target}" : readEvent.Kind == ReadEventKind.End ? "]" : body);
                if (readEvent.Kind == ReadEventKind.Head && machine.HasBody)
                {
                    seen.Append(':');
                }

                if (machine.IsWhole)
                {
                    machine.BeginNext();
                }
            }
        }

        return seen.ToString();
    }

    private static string ReadResponse(ResponseReader machine, byte[] octets)
    {
        var seen = new StringBuilder();
        var rest = octets.AsSpan();
        while (true)
        {
            var readEvent = machine.Read(rest, out var consumed);
            rest = rest[consumed..];
            switch (readEvent.Kind)
            {
                case ReadEventKind.Head:
                    seen.Append(machine.Head.IsInterim ? $"{machine.Head.StatusCode} " : $"({machine.Head.StatusCode}:");
                    break;
                case ReadEventKind.Body:
                    seen.Append(Encoding.Latin1.GetString(readEvent.RawOctets));
                    break;
                case ReadEventKind.End:
                    return seen.Append(')').ToString();
                default:
                    return seen.ToString();
            }
        }
    }
}

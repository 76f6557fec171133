using System.Text;
using Parallax.Proxy.Requests;
using Parallax.Wire.Http1;

namespace Parallax.Proxy.Tests.Requests;

public sealed class ServerMachineTests
{
    private const string Requests =
        "GET /a HTTP/1.1\r\nHost: a\r\n\r\nPOST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
        + "POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nde\r\n1;x\r\nf\r\n0\r\nT: 1\r\n\r\n"
        + "HEAD /d HTTP/1.0\r\n\r\n";

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
}

using System.Text;
using Parallax.Wire.Http1;

namespace Parallax.Wire.Tests.Http1;

public sealed class HostileInputTests
{
    private const int Cases = 200_000;

    private static readonly string[] Seeds =
    [
        "GET /a?b HTTP/1.1\r\nHost: h\r\nA: b\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello",
        "PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5;a=\"b\"\r\nhello\r\n0\r\nT: u\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close, upgrade\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        "HTTP/1.0 304\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 101 x\r\n\r\nabc",
    ];

    private static readonly string[] Pieces =
    [
        "\r", "\n", "\r\n", "\r\n\r\n", " ", "\t", ":", ";", ",", "\"", "\\", "=", "\0", "\xff", "0", "9", "F", "-", "+",
        "FFFFFFFFFFFFFFFF", "99999999999999999999", "HTTP/1.1", "HTTP/", "GET ",
        "Content-Length: ", "Transfer-Encoding: chunked\r\n", "Host: ",
    ];

    [Fact]
    public void Read_MutatedInput_NeverThrowsAndEndsTheSameHoweverItIsCut()
    {
        for (var seed = 0; seed < Cases; seed++)
        {
            var random = new Random(seed);
            var octets = Mutate(random);
            var kind = (MessageKind)random.Next(2);
            var policy = random.Next(2) == 0 ? Transcript.Strict : Transcript.Loose;
            var cuts = Enumerable.Range(0, random.Next(4)).Select(_ => random.Next(octets.Length + 1)).Order().ToArray();
            var whole = Transcript.Of(kind, policy, octets, []).ToString();
            Assert.True(whole == Transcript.Of(kind, policy, octets, cuts).ToString(), $"seed {seed}");
        }
    }

    [Fact]
    public void Read_MutatedInputWithGaps_NeverThrows()
    {
        for (var seed = 0; seed < Cases / 4; seed++)
        {
            var random = new Random(seed);
            var reader = new MessageReader((MessageKind)random.Next(2), Http1Policy.Passive);
            var transcript = new Transcript { RequestMethodOf = _ => (KnownMethod)random.Next(10) };
            for (var step = random.Next(1, 6); step > 0; step--)
            {
                Step(random, reader, transcript);
            }

            transcript.Take(reader.Finish(), reader);
            transcript.Feed(reader, "x"u8);
        }
    }

    /// <summary>A line of 250 KB that arrives octet by octet costs as many steps as it has octets.</summary>
    [Fact]
    public void Read_EndlessLineOctetByOctet_IsRefusedAtTheLimit()
    {
        var reader = new MessageReader(MessageKind.Request, Http1Policy.Passive);
        var octets = Encoding.Latin1.GetBytes("GET / HTTP/1.1\r\nA: " + new string('x', 300_000));
        var transcript = new Transcript();
        for (var i = 0; i < octets.Length; i++)
        {
            transcript.Feed(reader, octets.AsSpan(i, 1));
        }

        Assert.Equal([Http1Error.HeadTooLarge], transcript.Errors);
    }

    private static void Step(Random random, MessageReader reader, Transcript transcript)
    {
        switch (random.Next(8))
        {
            case 0:
                reader.SkipGap(random.Next(3) == 0 ? long.MaxValue : random.Next(8));
                break;
            case 1 when random.Next(8) == 0:
                reader.EnterTunnel();
                break;
            case 2:
                reader.StartResynchronising();
                break;
            default:
                transcript.Feed(reader, Mutate(random));
                break;
        }
    }

    private static byte[] Mutate(Random random)
    {
        var text = new StringBuilder(Seeds[random.Next(Seeds.Length)]);
        if (random.Next(3) == 0)
        {
            text.Append(Seeds[random.Next(Seeds.Length)]);
        }

        for (var change = random.Next(5); change > 0; change--)
        {
            var at = random.Next(text.Length);
            if (random.Next(2) == 0)
            {
                text.Remove(at, Math.Min(random.Next(1, 6), text.Length - at));
            }

            text.Insert(Math.Min(at, text.Length), Pieces[random.Next(Pieces.Length)]);
        }

        return Encoding.Latin1.GetBytes(text.ToString());
    }
}

using System.Text;
using Parallax.Shadows.Clients;
using Parallax.Wire.Http1;

namespace Parallax.Shadows.Tests.Clients;

public class ClientMachineAnswerTests
{
    private const string Answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";

    [Fact]
    public void Answer_EverySplit_IsTheFinalResponseAsItCame()
    {
        var octets = Encoding.ASCII.GetBytes("HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n" + Answer);
        for (var split = 0; split < octets.Length; split++)
        {
            var machine = new ClientMachine(1000, keptAnswerBytes: 1000);
            machine.Expect(KnownMethod.Get);
            machine.Receive(octets.AsSpan(0, split), out _);
            machine.Receive(octets.AsSpan(split), out _);
            Assert.Equal(Answer, Encoding.ASCII.GetString(machine.Answer.Span));
        }
    }

    [Fact]
    public void RawOctets_EverySplit_CountAllThatCameOfTheAnswerAtHand()
    {
        var octets = Encoding.ASCII.GetBytes("HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n" + Answer);
        for (var split = 0; split < octets.Length; split++)
        {
            var machine = new ClientMachine(1000);
            machine.Expect(KnownMethod.Get);
            machine.Receive(octets.AsSpan(0, split), out _);
            Assert.Equal(split, machine.RawOctets);
            machine.Receive(octets.AsSpan(split), out _);
            Assert.Equal(octets.Length, machine.RawOctets);
            machine.Expect(KnownMethod.Get);
            Assert.Equal(0, machine.RawOctets);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(20)]
    public void Answer_NotWantedOrLonger_IsEmpty(int kept)
    {
        var machine = new ClientMachine(1000, kept);
        machine.Expect(KnownMethod.Get);
        Assert.Equal(AnswerProgress.Answered, machine.Receive(Encoding.ASCII.GetBytes(Answer), out _));
        Assert.True(machine.Answer.IsEmpty);
    }

    [Fact]
    public void Answer_OfTheNextRequest_ReplacesTheOneBefore()
    {
        var machine = new ClientMachine(1000, keptAnswerBytes: 1000);
        foreach (var status in new[] { "204 No Content", "304 Not Modified" })
        {
            machine.Expect(KnownMethod.Get);
            var answer = $"HTTP/1.1 {status}\r\n\r\n";
            machine.Receive(Encoding.ASCII.GetBytes(answer), out _);
            Assert.Equal(answer, Encoding.ASCII.GetString(machine.Answer.Span));
        }
    }
}

using System.Text;
using Parallax.Wire.Http1;

namespace Parallax.Wire.Tests.Http1;

public sealed class KeepAliveHintTests
{
    [Theory]
    [InlineData("Keep-Alive: timeout=5", 5)]
    [InlineData("Keep-Alive: timeout=5, max=100", 5)]
    [InlineData("keep-alive: max=99,TIMEOUT=15", 15)]
    [InlineData("Keep-Alive: timeout=\"7\"", 7)]
    [InlineData("Keep-Alive:  timeout = 8 ; max = 3", 8)]
    [InlineData("Keep-Alive: 300", 300)]
    [InlineData("Keep-Alive: timeout=5.9", 5)]
    [InlineData("Keep-Alive: timeout=0", 0)]
    [InlineData("Keep-Alive: timeout=5, max=0", 0)]
    [InlineData("Keep-Alive: timeout=99999999999999999999", int.MaxValue)]
    [InlineData("Keep-Alive: timeout=9, timeout=4", 4)]
    [InlineData("Keep-Alive: max=100", -1)]
    [InlineData("Keep-Alive: timeout=soon", -1)]
    [InlineData("Keep-Alive: timeout=-1", -1)]
    [InlineData("Keep-Alive: timeout", -1)]
    [InlineData("Keep-Alive: ", -1)]
    [InlineData("Keep-Alivf: timeout=5", -1)]
    public void KeepAliveSeconds_OfAResponse_IsWhatTheServerMeans(string line, int seconds)
    {
        var head = new MessageHead();
        var octets = Encoding.Latin1.GetBytes($"HTTP/1.1 200 OK\r\n{line}\r\n\r\n");
        Assert.Equal(HeadStatus.Complete, HeadReader.TryRead(octets, MessageKind.Response, Http1Policy.Relayed, head, out _));
        Assert.Equal(seconds, head.KeepAliveSeconds);
    }

    [Fact]
    public void KeepAliveSeconds_OfTheNextHead_IsForgotten()
    {
        var head = new MessageHead();
        HeadReader.TryRead("HTTP/1.1 200 OK\r\nKeep-Alive: timeout=5\r\n\r\n"u8, MessageKind.Response, Http1Policy.Relayed, head, out _);
        HeadReader.TryRead("HTTP/1.1 200 OK\r\n\r\n"u8, MessageKind.Response, Http1Policy.Relayed, head, out _);
        Assert.Equal(-1, head.KeepAliveSeconds);
    }
}

using System.Text;
using Parallax.Traffic.Rewriting;
using Parallax.Wire.Http1;

namespace Parallax.Traffic.Tests.Rewriting;

public sealed class ShadowMarkTests
{
    private static readonly ShadowMark Ours = new("0123456789abcdef"u8);

    [Fact]
    public void Made_WithTheProof_IsOurs() =>
        Assert.True(IsMade(Ours, $"x-parallax-shadow: a\r\nX-Parallax-Shadow-Proof: {Ours.ProofOf("a")}"));

    [Fact]
    public void Made_ByAnotherProcessWithTheKey_IsOurs() =>
        Assert.True(IsMade(new ShadowMark("0123456789abcdef"u8), $"x-parallax-shadow: a\r\nx-parallax-shadow-proof: {Ours.ProofOf("a")}"));

    [Fact]
    public void Made_ForAnotherMirror_IsNot() =>
        Assert.False(IsMade(Ours, $"x-parallax-shadow: b\r\nx-parallax-shadow-proof: {Ours.ProofOf("a")}"));

    [Fact]
    public void Made_WithAnotherKey_IsNot() => Assert.False(IsMade(
        Ours, $"x-parallax-shadow: a\r\nx-parallax-shadow-proof: {ShadowMark.OfThisProcess.ProofOf("a")}"));

    [Theory]
    [InlineData("A: b")]
    [InlineData("x-parallax-shadow: a")]
    [InlineData("x-parallax-shadow: a\r\nx-parallax-shadow-proof:")]
    [InlineData("x-parallax-shadow: a\r\nx-parallax-shadow-proof: 00000000000000000000000000000000")]
    public void Made_WithoutProof_IsNot(string fields) => Assert.False(IsMade(Ours, fields));

    [Fact]
    public void Key_TooShort_IsRefused() =>
        Assert.Contains("at least 16", Assert.Throws<ArgumentException>(() => new ShadowMark("0123456789abcde"u8)).Message);

    private static bool IsMade(ShadowMark mark, string fields)
    {
        var octets = Encoding.Latin1.GetBytes($"GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\n\r\n");
        var head = new MessageHead();
        Assert.Equal(HeadStatus.Complete, HeadReader.TryRead(octets, MessageKind.Request, Http1Policy.Active, head, out _));
        return mark.Made(head, octets);
    }
}

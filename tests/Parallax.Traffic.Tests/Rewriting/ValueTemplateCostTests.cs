using System.Text;
using Parallax.TestKit;
using Parallax.Traffic.Rewriting;
using Parallax.Wire.Http1;

namespace Parallax.Traffic.Tests.Rewriting;

/// <summary>However long a value with operators is, and however long what it stands for, each octet costs the same.</summary>
[Collection(nameof(Costs))]
public sealed class ValueTemplateCostTests
{
    private const int Length = 4 << 10;

    [Theory]
    [InlineData("%%")]
    [InlineData("a%%")]
    [InlineData("%PROTOCOL%")]
    [InlineData("%REQ(x-a?x-b):5%")]
    [InlineData("%DURATION%")]
    [InlineData("%START_TIME(%s)%")]
    [InlineData("%RESP(x-a)%")]
    [InlineData("%REQ(")]
    public void TryParse_LongerText_CostsTheSameForEachOctet(string filler)
    {
        var (smaller, larger) = (Repeat(filler, 1), Repeat(filler, CostPerOctet.Factor));
        AssertLinear(() => Parse(smaller), () => Parse(larger));
    }

    [Theory]
    [InlineData("X-A: ", "a")]
    [InlineData("X-A: ", "\t")]
    [InlineData("", "X-A: a\r\n")]
    [InlineData("", "X-C: a\r\n")]
    [InlineData("", "X-Forwarded-For: 192.0.2.1\r\n")]
    public void Render_LongerHead_CostsTheSameForEachOctet(string beginning, string filler)
    {
        const string Text = "%REQ(x-missing?x-a)% %REQ(x-a):16% %REQ(x-forwarded-for)% %REQ(:path)%";
        Assert.True(ValueTemplate.TryParse(Text, isResponse: false, out var template, out var error, out _), error);
        var (smaller, larger) = (Head(beginning, filler, 1), Head(beginning, filler, CostPerOctet.Factor));
        var scratch = new Latin1Scratch();
        void Render((MessageHead Head, byte[] Octets) request) =>
            new ValueWriter(request.Head, request.Octets, scratch).Render(template, default);
        AssertLinear(() => Render(smaller), () => Render(larger));
    }

    private static void Parse(string text) => ValueTemplate.TryParse(text, isResponse: false, out _, out _, out _);

    private static string Repeat(string filler, int factor) => string.Concat(Enumerable.Repeat(filler, Length * factor / filler.Length));

    private static (MessageHead Head, byte[] Octets) Head(string beginning, string filler, int factor)
    {
        var fields = beginning + Repeat(filler, factor);
        var octets = Encoding.ASCII.GetBytes($"GET / HTTP/1.1\r\n{fields}{(fields.EndsWith('\n') ? "" : "\r\n")}\r\n");
        var head = new MessageHead();
        var policy = Http1Policy.Passive with { MaxFields = 100_000, MaxHeadBytes = 1 << 20 };
        Assert.Equal(HeadStatus.Complete, HeadReader.TryRead(octets, MessageKind.Request, policy, head, out _));
        return (head, octets);
    }

    private static void AssertLinear(Action smaller, Action larger)
    {
        var growth = CostPerOctet.Growth(smaller, larger);
        Assert.True(growth <= CostPerOctet.MaxGrowth, $"an octet costs {growth:0.00} times as much");
    }
}

using System.Text;
using Parallax.Recording.Files;
using Parallax.Shadows.Replay;
using Parallax.TestKit;
using Parallax.Traffic.Exchanges;

namespace Parallax.Shadows.Tests.Replay;

/// <summary>Whatever an answer or a request repeats, and however many values are known, mapping state costs the same for each
/// octet.</summary>
[Collection(nameof(Costs))]
public sealed class StateCostTests
{
    // The larger input stays out of the heap for large objects, whose collections would be measured, too.
    private const int Length = 4 << 10;

    private readonly StateMapper _mapper = new(isAutomatic: true, []);
    private readonly RecordedExchanges _exchanges = new(new OctetPool());

    [Theory]
    [InlineData("text/html", "<a ", "a")]
    [InlineData("text/html", "<a ", "a ")]
    [InlineData("text/html", "", "<a")]
    [InlineData("text/html", "", "<a b=\"")]
    [InlineData("text/html", "<a href='", "/9f86d081884c7d65aa22")]
    [InlineData("text/html", "", "<a href='/9f86d081884c7d65aa22'>")]
    [InlineData("text/xml", "", "<a>1")]
    [InlineData("text/xml", "", "<a b")]
    [InlineData("text/javascript", "", "token")]
    [InlineData("text/javascript", "", "a=\"")]
    [InlineData("text/javascript", "", "a :")]
    [InlineData("application/json", "{\"aaaa", "a")]
    [InlineData("application/json", "[0", ",\"[x\"")]
    [InlineData("application/json", "[0", ",1234567")]
    [InlineData("application/json", "[0", ",{\"id\":1234567}")]
    [InlineData("application/json", "", "[")]
    [InlineData("text/event-stream", "", "data: {\n")]
    public void Learn_LongerAnswer_CostsTheSameForEachOctet(string type, string beginning, string filler)
    {
        var (smaller, larger) = (Answer(type, beginning, filler, 1), Answer(type, beginning, filler, CostPerOctet.Factor));
        AssertLinear(() => Learn(smaller), () => Learn(larger));
    }

    [Fact]
    public void Learn_ManyValuesInALongName_CostsTheSameForEachOctet()
    {
        static string Body(int factor) => $"{{\"{new string('k', Length * factor)}\":["
            + string.Join(',', Enumerable.Range(0, 400 * factor).Select(number => 1234567 + number)) + "]}";
        var (smaller, larger) = (Answer("application/json", Body(1), "", 0), Answer("application/json", Body(CostPerOctet.Factor), "", 0));
        AssertLinear(() => Learn(smaller), () => Learn(larger));
    }

    [Theory]
    [InlineData("/token-0001")]
    [InlineData("token-")]
    [InlineData("\"")]
    [InlineData("%22")]
    public void Apply_LongerRequest_CostsTheSameForEachOctet(string filler)
    {
        var state = KnowingValues(400);
        state.Set("\"", "'", rule: null);
        using var smaller = Request(filler, 1);
        using var larger = Request(filler, CostPerOctet.Factor);
        AssertLinear(() => _mapper.Apply(state, smaller).Dispose(), () => _mapper.Apply(state, larger).Dispose());
    }

    [Fact]
    public void Apply_MoreValuesThatBeginAlike_CostsTheSameForEachOctet()
    {
        using var request = Request("/token-none", 1);
        var (few, many) = (KnowingValues(60), KnowingValues(60 * CostPerOctet.Factor));

        // The same request, eight times for many values and for few.
        AssertLinear(
            () => _mapper.Apply(few, request).Dispose(),
            () =>
            {
                for (var time = 0; time < CostPerOctet.Factor; time++)
                {
                    _mapper.Apply(many, request).Dispose();
                }
            });
    }

    private static void AssertLinear(Action smaller, Action larger)
    {
        var growth = CostPerOctet.Growth(smaller, larger);
        Assert.True(growth <= CostPerOctet.MaxGrowth, $"an octet costs {growth:0.00} times as much");
    }

    private static StateMap KnowingValues(int count)
    {
        var state = new StateMap(maxValues: 1000, maxBytes: int.MaxValue);
        for (var number = 0; number < count; number++)
        {
            state.Set($"token-{number:0000}", $"other-{number:0000}", rule: null);
        }

        return state;
    }

    private void Learn(byte[] answer)
    {
        using var exchange = _exchanges.Make(new()
        {
            HasRequest = true,
            Request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"u8,
            HasResponse = true,
            Response = answer,
        });
        _mapper.Learn(new(maxValues: 512, maxBytes: 1 << 20), exchange.Request!, exchange.Response!, exchange.Response!);
    }

    private Message Request(string filler, int factor)
    {
        var body = CostPerOctet.Repeat(Encoding.UTF8.GetBytes(filler), Length * factor);
        byte[] octets = [.. Encoding.ASCII.GetBytes($"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {body.Length}\r\n\r\n"), .. body];
        using var exchange = _exchanges.Make(new() { HasRequest = true, Request = octets });
        return exchange.Request!.Retain();
    }

    private static byte[] Answer(string type, string beginning, string filler, int factor)
    {
        byte[] body = [.. Encoding.UTF8.GetBytes(beginning), .. Repeated(filler, factor)];
        return [.. Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: {type}\r\nContent-Length: {body.Length}\r\n\r\n"), .. body];
    }

    private static byte[] Repeated(string filler, int factor) =>
        factor == 0 ? [] : CostPerOctet.Repeat(Encoding.UTF8.GetBytes(filler), Length * factor);
}

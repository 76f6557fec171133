using System.Text;
using Parallax.Fuzz.Engine;
using Parallax.Recording.Entries;
using Parallax.Recording.Files;
using Parallax.Shadows.Replay;
using Parallax.Traffic.Exchanges;

namespace Parallax.Fuzz.Targets;

/// <summary>A recorded answer, the target's answer and a request, between lines of "%%%": learning and replacing comes to an end, a request
/// that was whole stays one, and without anything learnt it stays as it was.</summary>
internal static class StateTarget
{
    private static readonly byte[] Separator = "\n%%%\n"u8.ToArray();

    private static readonly StateRule[] Rules =
    [
        new() { Name = "json", Source = StateSource.Json, Key = "/list/*/id" },
        new() { Name = "header", Source = StateSource.Header, Key = "Location" },
        new() { Name = "cookie", Source = StateSource.Cookie, Key = "sid", IsIgnored = true },
    ];

    public static FuzzTarget Make() => new()
    {
        Name = "state",
        Seeds = [.. Seeds()],
        Words =
        [
            "\n%%%\n", "4711000123", "9922000456", "{\"id\":\"", "<a href=\"/", "<input type=hidden name=t value=", "Set-Cookie: sid=",
            "Location: /a/", "%22", "\\u0022", "&quot;", "%2525", "\r\n", "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n",
            "ETag: \"", "[", "]", "}", "\"",
        ],
        Run = Run,
        MaxTime = TimeSpan.FromSeconds(4),
    };

    private static void Run(byte[] input, Outcome outcome)
    {
        var first = input.AsSpan().IndexOf(Separator);
        var second = first < 0 ? -1 : input.AsSpan(first + Separator.Length).IndexOf(Separator);
        if (second < 0)
        {
            return;
        }

        var recorded = input[..first];
        var answer = input.AsSpan(first + Separator.Length, second).ToArray();
        var request = input[(first + (2 * Separator.Length) + second)..];
        var pool = new OctetPool(4 << 20);
        var exchanges = new RecordedExchanges(pool);
        var mapper = new StateMapper(isAutomatic: true, Rules);
        var state = new StateMap(maxValues: 16, maxBytes: 1 << 16);
        using (var exchange = exchanges.Make(new() { HasRequest = true, Request = request, HasResponse = true, Response = recorded }))
        {
            using var answered = exchanges.Make(new() { HasResponse = true, Response = answer });
            mapper.Learn(state, exchange.Request!, exchange.Response!, answered.Response!);
            outcome.Add(state.IsEmpty ? 0 : 1);
            using var mapped = mapper.Apply(state, exchange.Request!);
            outcome.Add(mapped == exchange.Request ? 0 : 1);
            Require.That(mapped == exchange.Request || !state.IsEmpty, "changed without anything learnt");
            if (mapped != exchange.Request)
            {
                Require.That(IsWhole(OctetsOf(mapped)) || !IsWhole(request), "a whole request is no longer one");
            }
        }

        Require.That(pool.RentedBytes == 0, "something stays rented");
    }

    private static byte[] OctetsOf(Message message)
    {
        var octets = new List<byte>();
        foreach (var block in message.Blocks)
        {
            octets.AddRange(block.Span);
        }

        return [.. octets];
    }

    private static bool IsWhole(byte[] octets)
    {
        using var reader = new CheckedEntries(new One(octets));
        return reader.TryRead(out var entry) && !entry.Facts.Flags.HasFlag(ExchangeFlags.RequestIncomplete);
    }

    private static IEnumerable<byte[]> Seeds()
    {
        (string Type, string Recorded, string Issued)[] answers =
        [
            (
                "application/json",
                "{\"list\":[{\"id\":\"4711000123\"}],\"n\":4711000124}",
                "{\"list\":[{\"id\":\"9922000456\"}],\"n\":9922000457}"),
            (
                "text/html",
                "<a href=\"/c/4711000123\">x</a><input name=t value='ab4711000123'>",
                "<a href=\"/c/9922000456\">x</a><input name=t value='ab9922000456'>"),
            ("text/javascript", "var token = \"4711000123abc\";", "var token = \"9922000456abc\";"),
        ];
        foreach (var (type, recorded, issued) in answers)
        {
            var body = "{\"id\":\"4711000123\",\"u\":\"%2F4711000123\"}";
            var request = "POST /c/4711000123?t=ab4711000123 HTTP/1.1\r\nHost: h\r\nCookie: sid=4711000123abc\r\n"
                + $"Content-Length: {body.Length}\r\n\r\n{body}";
            yield return
            [
                .. Answer(type, recorded, "4711000123abc"), .. Separator, .. Answer(type, issued, "9922000456abc"), .. Separator,
                .. Encoding.Latin1.GetBytes(request),
            ];
        }
    }

    private static byte[] Answer(string type, string body, string cookie) => Encoding.Latin1.GetBytes(
        $"HTTP/1.1 200 OK\r\nSet-Cookie: a={cookie}; Path=/\r\nLocation: /x/{cookie}\r\n"
        + $"Content-Type: {type}\r\nContent-Length: {body.Length}\r\n\r\n{body}");

    private sealed class One(byte[] request) : IRecordingReader
    {
        private bool _isRead;

        public long ReadBytes => 0;

        public RecordingLosses Losses => default;

        public bool TryRead(out RecordedEntry entry)
        {
            entry = _isRead ? default : new() { HasRequest = true, Request = request };
            _isRead = !_isRead;
            return _isRead;
        }

        public void Dispose()
        {
        }
    }
}

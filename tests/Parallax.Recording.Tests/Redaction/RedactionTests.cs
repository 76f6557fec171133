using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;
using Parallax.Recording.Entries;
using Parallax.Recording.Redaction;
using Parallax.Wire.Http1;

namespace Parallax.Recording.Tests.Redaction;

public sealed partial class RedactionTests
{
    private const string Jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl";

    private readonly Redactor _redactor = new("a key of these tests"u8.ToArray(), ["X-Tenant"]);

    [Theory]
    [InlineData(
        "GET / HTTP/1.1\r\nAuthorization: Bearer abcdef\r\n\r\n",
        "GET / HTTP/1.1\r\nAuthorization: Bearer ⟦authorization⟧\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nCookie: a=1; b=2\r\n\r\n", "GET / HTTP/1.1\r\nCookie: a=⟦cookie⟧; b=⟦cookie⟧\r\n\r\n")]
    [InlineData(
        "GET / HTTP/1.1\r\nX-Api-Key: k\r\nx-tenant: acme\r\n\r\n",
        "GET / HTTP/1.1\r\nX-Api-Key: ⟦header⟧\r\nx-tenant: acme\r\n\r\n")]
    [InlineData("GET /a?token=t&q=shoes HTTP/1.1\r\nHost: x\r\n\r\n", "GET /a?token=%⟦secret%⟧&q=shoes HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData("GET /a?m=joe%40example.com HTTP/1.1\r\n\r\n", "GET /a?m=%⟦email%⟧ HTTP/1.1\r\n\r\n")]
    [InlineData("GET /u/joe@example.com/x HTTP/1.1\r\n\r\n", "GET /u/%⟦email%⟧/x HTTP/1.1\r\n\r\n")]
    [InlineData(
        "GET / HTTP/1.1\r\nReferer: https://x/?access_token=1\r\n\r\n",
        "GET / HTTP/1.1\r\nReferer: https://x/?access_token=%⟦secret%⟧\r\n\r\n")]
    [InlineData("GET /cb#access_token=t&x=1 HTTP/1.1\r\n\r\n", "GET /cb#access_token=%⟦secret%⟧&x=1 HTTP/1.1\r\n\r\n")]
    [InlineData("GET /a;jsessionid=t/b HTTP/1.1\r\n\r\n", "GET /a;jsessionid=%⟦secret%⟧/b HTTP/1.1\r\n\r\n")]
    [InlineData("GET /u/joe%40example.com/y HTTP/1.1\r\n\r\n", "GET /u/%⟦email%⟧/y HTTP/1.1\r\n\r\n")]
    [InlineData("GET http://joe:x@intranet/y HTTP/1.1\r\n\r\n", "GET http://%⟦user%⟧@intranet/y HTTP/1.1\r\n\r\n")]
    [InlineData("GET /a?b=1;token=t HTTP/1.1\r\n\r\n", "GET /a?b=1;token=%⟦secret%⟧ HTTP/1.1\r\n\r\n")]
    [InlineData("GET /a?next=%2Fb%3Ftoken%3Dt&c=%2Fd%3Fe%3Df HTTP/1.1\r\n\r\n", "GET /a?next=%⟦secret%⟧&c=%2Fd%3Fe%3Df HTTP/1.1\r\n\r\n")]
    [InlineData("GET /a?j=%7B%22pin%22%3A1%7D HTTP/1.1\r\n\r\n", "GET /a?j=%⟦secret%⟧ HTTP/1.1\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n\r\n")]
    public void Redact_Head_ReplacesValuesAndKeepsTheRest(string request, string expected) =>
        Assert.Equal(expected, Redact(MessageKind.Request, request));

    [Theory]
    [InlineData("\r\n")]
    [InlineData("\n\n")]
    public void Redact_EmptyLinesBeforeAResponse_LeavesItsStatusLine(string lines) => Assert.Equal(
        $"{lines}HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        Redact(MessageKind.Response, $"{lines}HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));

    // A line that no field can be ends the head of a response, and is the first of its body.
    [Fact]
    public void Redact_BodyThatEndedTheHead_LeavesAHeadThatEnds() =>
        Assert.Contains(
            "\r\n\r\n⟦withheld-6:",
            Encoding.UTF8.GetString(_redactor.Redact(new()
            {
                HasResponse = true,
                Response = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\u0002\nabcd"u8,
            }).Response),
            StringComparison.Ordinal);

    [Theory]
    [InlineData("""{"password":"x","n":1}""", """{"password":"⟦secret⟧","n":1}""")]
    [InlineData("""{"card":{"pin":1234}, "ok":"4111 1111 1111 1111"}""", """{"card":{"pin":"⟦secret⟧"}, "ok":"⟦card⟧"}""")]
    [InlineData(
        """{"credentials":{"user":"u","list":[1,"b",true]}}""",
        """{"credentials":{"user":"⟦secret⟧","list":["⟦secret⟧","⟦secret⟧",true]}}""")]
    [InlineData("""{"a":"joe@example.com wrote","b":"joe\u0040example.com"}""", """{"a":"⟦email⟧ wrote","b":"⟦email⟧"}""")]
    [InlineData("""{"joe@example.com":1}""", """{"⟦email⟧":1}""")]
    [InlineData("""{"p\u0061ssword":"x"}""", """{"p\u0061ssword":"⟦secret⟧"}""")]
    [InlineData("""{"n":4111111111111111,"m":4111111111113}""", """{"n":"⟦card⟧","m":4111111111113}""")]
    [InlineData("""{"body":"{\"pin\":\"x\"}","b":"{\"c\":\"x\"}"}""", """{"body":"⟦secret⟧","b":"{\"c\":\"x\"}"}""")]
    [InlineData("{\"a\":1}\n{\"sid\":\"x\"}", "{\"a\":1}\n{\"sid\":\"⟦secret⟧\"}")]
    public void Redact_JsonBody_KeepsItJson(string body, string expected) => AssertBody("application/json; charset=utf-8", body, expected);

    [Theory]
    [InlineData("text/plain", "my IBAN is DE89 3704 0044 0532 0130 00 indeed", "my IBAN is ⟦iban⟧ indeed")]
    [InlineData("text/plain", "key " + Jwt + "!", "key ⟦jwt⟧!")]
    [InlineData("text/html", "<b>AKIAIOSFODNN7EXAMPLE</b>", "<b>⟦aws-key⟧</b>")]
    [InlineData("text/html", "ghp_0123456789abcdefghijklmnopqrstuvwxyz", "⟦github-token⟧")]
    [InlineData("text/x", "xoxb-1234567890-abc sk_live_4eC39HqLyjWDarj", "⟦slack-token⟧ ⟦stripe-key⟧")]
    [InlineData("text/x", "-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----\n", "⟦pem⟧\n")]
    [InlineData("application/x-www-form-urlencoded", "user=u&password=p%26q&x=1", "user=u&password=%⟦secret%⟧&x=1")]
    [InlineData(
        "application/x-www-form-urlencoded", "SAMLResponse=x&pass=y&passage=z",
        "SAMLResponse=%⟦secret%⟧&pass=%⟦secret%⟧&passage=z")]
    [InlineData("text/plain", "{\"password\":\"x\"}", "{\"password\":\"⟦secret⟧\"}")]
    [InlineData("text/plain", "{no JSON, joe@example.com}", "{no JSON, ⟦email⟧}")]
    [InlineData("", "user=u&password=x", "user=u&password=%⟦secret%⟧")]
    [InlineData("text/xml", "<a><b:Password t=\"1\">x</b:Password><c/>y</a>", "<a><b:Password t=\"1\">⟦secret⟧</b:Password><c/>y</a>")]
    [InlineData("application/xml", "<token><![CDATA[<x>]]></token><token/>z", "<token>⟦secret⟧</token><token/>z")]
    [InlineData(
        "multipart/form-data; boundary=\"B\"",
        "--B\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\nx\r\n"
            + "--B\r\ncontent-disposition: form-data; filename=\"pin\"; name=n"
            + "\r\n\r\n{\"pin\":1}\r\n--B--\r\n",
        "--B\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\n⟦secret⟧\r\n"
            + "--B\r\ncontent-disposition: form-data; filename=\"pin\"; name=n"
            + "\r\n\r\n{\"pin\":\"⟦secret⟧\"}\r\n--B--\r\n")]
    [InlineData("text/plain", "1568139746437296000 4111111111111112 a.b-c 12345678", "1568139746437296000 4111111111111112 a.b-c 12345678")]
    public void Redact_OtherBodies_FindsWhatHasTheShape(string media, string body, string expected) => AssertBody(media, body, expected);

    [Fact]
    public void Redact_EqualSecrets_StayEqualAndOthersDiffer()
    {
        var marks = Marks(Raw(MessageKind.Request, "GET / HTTP/1.1\r\nCookie: a=1; b=1; c=2\r\n\r\n"));

        Assert.Equal(marks[0], marks[1]);
        Assert.NotEqual(marks[0], marks[2]);
        Assert.NotEqual(marks, Marks(Redact(new Redactor(), MessageKind.Request, "GET / HTTP/1.1\r\nCookie: a=1; b=1; c=2\r\n\r\n")));
    }

    [Fact]
    public void Redact_Twice_ChangesNothingMore()
    {
        const string request = "POST /?token=t HTTP/1.1\r\nX-Key: k\r\nCookie: a=1\r\nContent-Type: application/json\r\n"
            + "Content-Length: 20\r\n\r\n{\"password\":\"abcde\"}";
        var once = Raw(MessageKind.Request, request);

        Assert.Equal(once, Raw(MessageKind.Request, once));
    }

    [Fact]
    public void Redact_BodyThatIsCodedForTooMuch_IsWithheld()
    {
        using var coded = new MemoryStream();
        using (var gzip = new System.IO.Compression.GZipStream(coded, System.IO.Compression.CompressionLevel.Optimal, leaveOpen: true))
        {
            gzip.Write(new byte[(16 << 20) + 1]);
        }

        var head = $"POST / HTTP/1.1\r\nContent-Type: text/plain\r\nContent-Encoding: gzip\r\nContent-Length: {coded.Length}\r\n\r\n";
        var entry = _redactor.Redact(new() { HasRequest = true, Request = [.. Encoding.UTF8.GetBytes(head), .. coded.ToArray()] });
        Assert.True(entry.Facts.Marks.HasFlag(EntryMarks.RequestBodyWithheld));
    }

    [Theory]
    [InlineData("GET /?token=abcdef0123456789abcdef HTTP/1.1\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nAuthorization: Bearer abcdef0123456789\r\n\r\n")]
    public void HasMark_TellsWhetherSomethingWasReplaced(string request)
    {
        var octets = Encoding.UTF8.GetBytes(request);
        Assert.False(Redactor.HasMark(octets));
        Assert.True(Redactor.HasMark(_redactor.Redact(new() { HasRequest = true, Request = octets }).Request));
        Assert.False(Redactor.HasMark("⟦not: a mark⟧ ⟦x:0123456789abcde⟧ %E2%9F%A6 ⟦"u8));
    }

    [Theory]
    [InlineData("application/json", "{\"broken", "")]
    [InlineData("application/json", "{\"half a character\":\"\\ud800\"}", "")]
    [InlineData("application/json", "{\"\\ud800\":1}", "")]
    [InlineData("text/plain", "coded somehow", "Content-Encoding: zstd\r\n")]
    [InlineData("text/plain", "not gzip", "Content-Encoding: gzip\r\n")]
    public void Redact_BodyThatCannotBeLookedInto_IsWithheld(string media, string body, string field)
    {
        var entry = _redactor.Redact(new()
        {
            HasRequest = true,
            Request = Encoding.UTF8.GetBytes(
                $"POST / HTTP/1.1\r\nContent-Type: {media}\r\n{field}Content-Length: {body.Length}\r\n\r\n{body}"),
        });

        var text = Encoding.UTF8.GetString(entry.Request);
        Assert.DoesNotContain(body, text, StringComparison.Ordinal);
        Assert.Contains($"⟦withheld-{body.Length}:", text, StringComparison.Ordinal);
        Assert.True(entry.Facts.Marks.HasFlag(EntryMarks.RequestBodyWithheld));
    }

    [Fact]
    public void Redact_ChunkedGzipResponse_StaysOneWithRightFraming()
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write("""{"secret":"s","x":1}"""u8);
        }

        byte[] response =
        [
            .. "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"u8,
            .. Encoding.ASCII.GetBytes($"{packed.Length:x}\r\n"), .. packed.ToArray(), .. "\r\n0\r\nX-Sum: joe@example.com\r\n\r\n"u8,
        ];

        var entry = _redactor.Redact(new() { HasResponse = true, Response = response });

        var message = new RecordedMessage();
        Assert.True(message.TryRead(MessageKind.Response, entry.Response));
        Assert.True(message.TryDecode(entry.Response, out var content));
        Assert.Equal("""{"secret":"⟦secret⟧","x":1}""", WithoutHashes(Encoding.UTF8.GetString(content)));
        Assert.Equal((true, false), (message.IsWhole, message.HasTrailers));
        Assert.DoesNotContain("joe", Encoding.UTF8.GetString(entry.Response), StringComparison.Ordinal);
    }

    [Fact]
    public void Redact_ShadowResponses_AreRedactedToo()
    {
        var shadows = new System.Buffers.ArrayBufferWriter<byte>();
        new RecordedShadow { Response = "HTTP/1.1 200 OK\r\nSet-Cookie: s=geheim; Path=/\r\n\r\n"u8 }.AppendTo(shadows);

        var entry = _redactor.Redact(new() { Shadows = new(shadows.WrittenSpan, 1) });

        foreach (var shadow in entry.Shadows)
        {
            Assert.Equal(
                "HTTP/1.1 200 OK\r\nSet-Cookie: s=⟦cookie⟧; Path=/\r\n\r\n", WithoutHashes(Encoding.UTF8.GetString(shadow.Response)));
        }
    }

    [Fact]
    public void Redact_RandomMessages_NeverThrowsAndKeepsTheFraming()
    {
        for (var seed = 0; seed < 2000; seed++)
        {
            var random = new Random(seed);
            var body = new byte[random.Next(200)];
            random.NextBytes(body);
            var media = new[] { "application/json", "text/plain", "application/x-www-form-urlencoded", "a/b", "a/xml" }[random.Next(5)];
            byte[] request =
            [
                .. Encoding.ASCII.GetBytes($"POST / HTTP/1.1\r\nContent-Type: {media}\r\nContent-Length: {body.Length}\r\n\r\n"), .. body,
            ];

            var redacted = _redactor.Redact(new() { HasRequest = true, Request = request }).Request;

            var message = new RecordedMessage();
            Assert.True(message.TryRead(MessageKind.Request, redacted), $"seed {seed}");
            Assert.Equal(message.Head.ContentLength, message.BodyOf(redacted).Length);
        }
    }

    [Theory]
    [InlineData("text/xml", "<token><![CDATA[x]]></token><pin>1</pin>")]
    [InlineData("application/json", """{"a":"{\"pin\":1}","n":4111111111111111}""")]
    [InlineData("application/x-www-form-urlencoded", "next=%2Fb%3Ftoken%3Dt&j=%7B%22pin%22%3A1%7D")]
    public void Redact_BodyTwice_ChangesNothingMore(string media, string body)
    {
        var once = Raw(MessageKind.Request, $"POST http://u:p@x/a;sid=1#token=t HTTP/1.1\r\nContent-Type: {media}\r\n\r\n{body}");

        Assert.Equal(once, Raw(MessageKind.Request, once));
    }

    [Fact]
    public void Redact_ValuesWithinValues_EndSomewhere()
    {
        var deep = string.Concat(Enumerable.Repeat("a=", 20_000));

        Assert.Equal($"GET /?{deep} HTTP/1.1\r\n\r\n", Raw(MessageKind.Request, $"GET /?{deep} HTTP/1.1\r\n\r\n"));
    }

    private void AssertBody(string media, string body, string expected)
    {
        var length = Encoding.UTF8.GetByteCount(body);
        var text = Raw(MessageKind.Response, $"HTTP/1.1 200 OK\r\nContent-Type: {media}\r\nContent-Length: {length}\r\n\r\n{body}");
        var parts = text.Split("\r\n\r\n", 2);
        Assert.Equal(expected, WithoutHashes(parts[1]));
        Assert.EndsWith($"Content-Length: {Encoding.UTF8.GetByteCount(parts[1])}", parts[0], StringComparison.Ordinal);
    }

    private static List<string> Marks(string text) => [.. Mark().Matches(text).Select(match => match.Value)];

    private static string WithoutHashes(string text) => Hash().Replace(text.Replace("%E2%9F%A6", "%⟦").Replace("%E2%9F%A7", "%⟧"), "");

    private string Redact(MessageKind kind, string message) => WithoutHashes(Raw(kind, message));

    private string Raw(MessageKind kind, string message) => Redact(_redactor, kind, message);

    private static string Redact(Redactor redactor, MessageKind kind, string message)
    {
        var octets = Encoding.UTF8.GetBytes(message);
        return kind == MessageKind.Request
            ? Encoding.UTF8.GetString(redactor.Redact(new() { HasRequest = true, Request = octets }).Request)
            : Encoding.UTF8.GetString(redactor.Redact(new() { HasResponse = true, Response = octets }).Response);
    }

    [GeneratedRegex(":[0-9a-f]{16}")]
    private static partial Regex Hash();

    [GeneratedRegex("⟦[^⟧]*⟧")]
    private static partial Regex Mark();
}

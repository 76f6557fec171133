using System.Text;
using Parallax.Recording.Entries;
using Parallax.Recording.Files;
using Parallax.Shadows.Replay;
using Parallax.Traffic.Contents;
using Parallax.Traffic.Exchanges;

namespace Parallax.Shadows.Tests.Replay;

/// <summary>A value is found in every spelling and place, and the target's is put in as it stood there.</summary>
public sealed class StateSpellingTests
{
    private const string Form = "POST /x HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n";
    private const string Json = "POST /x HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n";

    // OLD and NEW stand for what primary and target issue: each with signs that are written in other ways elsewhere.
    private const string Old = "abc12/def+34==";
    private const string New = "xyz98/uvw+76&<";

    [Theory]
    [InlineData("Set-Cookie: t=%OLD; Path=/", "GET /x HTTP/1.1\r\nHost: a\r\nX-XSRF-TOKEN: OLD\r\n\r\n")]
    [InlineData("Set-Cookie: t=%OLD; Path=/", "GET /x HTTP/1.1\r\nHost: a\r\nCookie: b=1; t=%OLD\r\n\r\n")]
    [InlineData("Set-Cookie: t=\"OLD\"; Path=/", "GET /x HTTP/1.1\r\nHost: a\r\nX-XSRF-TOKEN: OLD\r\n\r\n")]
    [InlineData("Set-Cookie: t=OLD", "GET /x?t=%OLD HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("X-Csrf-Token: OLD", "GET /x?t=%OLD&next=%2Fy%3Ft%3D%OLD HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("Authorization: Bearer OLD", "GET /x HTTP/1.1\r\nHost: a\r\nX-Auth: OLD\r\n\r\n")]
    [InlineData("Location: /cb;s=%OLD?x=1", "GET /y;s=%OLD HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("Location: /cb#token=%OLD", "GET /x HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer OLD\r\n\r\n")]
    [InlineData("Refresh: 0; url=/y?s=%OLD", "GET /y?s=%OLD HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("Link: </y?cursor=%OLD>; rel=\"next\"", "GET /y?cursor=%OLD HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("ETag: W/\"OLD\"", "PUT /y HTTP/1.1\r\nHost: a\r\nIf-Match: W/\"OLD\"\r\n\r\n")]
    public void Map_FieldThatIssued_IsFoundInItsOtherSpellings(string field, string request) =>
        AssertMapped($"{field}\r\nContent-Length: 0\r\n\r\n", request);

    [Theory]
    [InlineData("text/html", "<a href='/list;jsessionid=HEX1'>l</a>", "GET /list;jsessionid=HEX1 HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData(
        "text/html",
        "<form action=\"/l?session_code=HEX1&amp;execution=HEX2\">",
        "GET /l?session_code=HEX1&execution=HEX2 HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("text/html", "<meta http-equiv=refresh content=\"0;url=/c?code=HEX1\">", "GET /c?code=HEX1 HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("text/html", "<div data-csrf-token=\"HEX1\">", "GET / HTTP/1.1\r\nHost: a\r\nX-Csrf: HEX1\r\n\r\n")]
    [InlineData("text/html", "<script>var x = {csrfToken: 'HEX1'}</script>", "GET / HTTP/1.1\r\nHost: a\r\nX-Csrf: HEX1\r\n\r\n")]
    [InlineData("text/javascript", "window.sessionId=\"HEX1\";", "GET /?s=HEX1 HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("text/html", "<input type=hidden name=t value='&#72;EX1'>", "GET /?s=HEX1 HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData(
        "text/xml",
        "<s:E><sessionId>HEX1</sessionId></s:E>",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 19\r\n\r\n<sessionId>HEX1</s>")]
    [InlineData("text/plain", "0{\"sid\":\"HEX1\"}", "GET /?sid=HEX1 HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("application/json", ")]}',\n{\"token\":\"HEX1\"}", "GET /?t=HEX1 HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("text/javascript", "cb({\"token\":\"HEX1\"});", "GET /?t=HEX1 HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("text/event-stream", "event: x\ndata: {\"token\":\"HEX1\"}\n\n", "GET /?t=HEX1 HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("application/json", "{\"d\":\"{\\\"token\\\":\\\"HEX1\\\"}\"}", "GET /?t=HEX1 HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("application/json", "{\"path\":\"https://h/o/HEX1\"}", "GET /?next=%2Fo%2FHEX1%2Fitems HTTP/1.1\r\nHost: a\r\n\r\n")]
    public void Map_BodyThatIssued_IsFoundInTheRequest(string type, string body, string request) => AssertMapped(
        $"Content-Type: {type}\r\nContent-Length: {WithValues(body, isOld: true).Length}\r\n\r\n{body}", request);

    [Theory]
    [InlineData(Form + "Content-Length: 20\r\n\r\nt=%OLD")]
    [InlineData(Json + "Content-Length: 20\r\n\r\n{\"t\":\"JSONOLD\"}")]
    public void Map_Body_IsSpelledAsItStood(string request)
    {
        var before = WithValues(request, isOld: true);
        var length = before[(before.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..].Length;
        AssertMapped("X-Token: OLD\r\nContent-Length: 0\r\n\r\n", request.Replace("Length: 20", $"Length: {length}"));
    }

    [Fact]
    public void Map_CodedBody_IsDecodedAndCodedAgain()
    {
        static string Request(string value)
        {
            var body = Encoding.Latin1.GetString(ContentCodings.Encode(ContentCoding.Gzip, Encoding.UTF8.GetBytes($"t={value}")));
            return $"POST / HTTP/1.1\r\nHost: a\r\nContent-Encoding: gzip\r\nContent-Length: {body.Length}\r\n\r\n{body}";
        }

        AssertMapped("X-Token: OLD\r\nContent-Length: 0\r\n\r\n", Request(Old), Request(New));
    }

    [Fact]
    public void Map_BasicCredentials_AreDecodedAndCodedAgain()
    {
        static string Request(string password)
        {
            var pair = Convert.ToBase64String(Encoding.UTF8.GetBytes("joe:" + password));
            return $"GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Basic {pair}\r\n\r\n";
        }

        AssertMapped("X-Token: OLD\r\nContent-Length: 0\r\n\r\n", Request(Old), Request(New));
    }

    [Theory]
    [InlineData(
        "application/json",
        "{\"count\":17,\"page\":2}",
        "{\"count\":18,\"page\":3}",
        "GET /items/17?page=2 HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData(
        "text/html",
        "<a href='/p/blue-shoes-2024'>",
        "<a href='/p/red-hats-2023'>",
        "GET /p/blue-shoes-2024 HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("text/html", "<a href='/p/17'>", "<a href='/p/18'>", "GET /p/17 HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData(
        "text/html",
        "<script>var state='closed'</script>",
        "<script>var state='opened'</script>",
        "GET /?s=closed HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("text/xml", "<a><name>shoes</name></a>", "<a><name>hats1</name></a>", "GET /?n=shoes HTTP/1.1\r\nHost: a\r\n\r\n")]
    public void Map_NumbersAndWords_StayAsTheyAre(string type, string recorded, string issued, string request)
    {
        string Response(string body) => $"HTTP/1.1 200 OK\r\nContent-Type: {type}\r\nContent-Length: {body.Length}\r\n\r\n{body}";
        Assert.Equal(request, Map(Response(recorded), Response(issued), request));
    }

    private static void AssertMapped(string response, string request) =>
        AssertMapped(response, WithValues(request, isOld: true), WithValues(request, isOld: false));

    private static void AssertMapped(string response, string before, string expected)
    {
        var (recorded, issued) = (WithValues(response, isOld: true), WithValues(response, isOld: false));
        var after = Map("HTTP/1.1 200 OK\r\n" + recorded, "HTTP/1.1 200 OK\r\n" + issued, before);
        Assert.Equal(WithoutLength(expected), WithoutLength(after));
    }

    private static string WithoutLength(string message) =>
        string.Join("\r\n", message.Split("\r\n").Where(line => !line.StartsWith("Content-Length", StringComparison.Ordinal)));

    private static string WithValues(string text, bool isOld)
    {
        var value = isOld ? Old : New;
        return text.Replace("%OLD", Uri.EscapeDataString(value), StringComparison.Ordinal)
            .Replace("JSONOLD", value.Replace("/", "\\/", StringComparison.Ordinal), StringComparison.Ordinal)
            .Replace("OLD", value, StringComparison.Ordinal)
            .Replace("&#72;EX1", isOld ? "&#57;f86d081884c7d659a2feaa0c55ad015" : "&#54;0303ae22b998861bce3b28f33eec1be",
                StringComparison.Ordinal)
            .Replace("HEX1", isOld ? "9f86d081884c7d659a2feaa0c55ad015" : "60303ae22b998861bce3b28f33eec1be", StringComparison.Ordinal)
            .Replace("HEX2", isOld ? "3f2504e0-4f89-11d3-9a0c-0305e82c3301" : "7d793037-a076-4bf3-8a3e-9f1d1d1d1d1d",
                StringComparison.Ordinal);
    }

    private static string Map(string recorded, string answer, string request)
    {
        var exchanges = new RecordedExchanges(new OctetPool());
        using var first = exchanges.Make(Entry("GET / HTTP/1.1\r\nHost: a\r\n\r\n", recorded));
        using var answered = exchanges.Make(Entry("GET / HTTP/1.1\r\n\r\n", answer));
        using var second = exchanges.Make(Entry(request, ""));
        var mapper = new StateMapper(isAutomatic: true, []);
        var state = mapper.NewSession(default);
        mapper.Learn(state, first.Request!, first.Response!, answered.Response!);
        using var mapped = mapper.Apply(state, second.Request!);
        var text = new StringBuilder();
        foreach (var block in mapped.Blocks)
        {
            text.Append(Encoding.Latin1.GetString(block.Span));
        }

        return text.ToString();
    }

    private static RecordedEntry Entry(string request, string response) => new()
    {
        HasRequest = true,
        Request = Encoding.Latin1.GetBytes(request),
        HasResponse = response.Length > 0,
        Response = Encoding.Latin1.GetBytes(response),
    };
}

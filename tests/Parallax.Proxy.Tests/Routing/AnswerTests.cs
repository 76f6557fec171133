using System.Buffers;
using System.Text;
using Parallax.Proxy.Configuration.Model;
using Parallax.Proxy.Routing;
using Parallax.Traffic.Rewriting;

namespace Parallax.Proxy.Tests.Routing;

public sealed class AnswerTests
{
    private static readonly HeaderEdit Json = Tables.Edit(HeaderEditKind.Set, "Content-Type: application/json");

    private static readonly CorsConfig Cors = new()
    {
        Origins = [new(TextMatchKind.Exact, "https://a.example"), new(TextMatchKind.Regex, @"https://.*\.b\.example")],
        Methods = ["GET", "PUT"],
        Headers = ["x-a"],
        ExposedHeaders = ["x-b", "x-c"],
        MaxAge = TimeSpan.FromHours(1),
        AllowsCredentials = true,
    };

    [Fact]
    public void Write_DirectResponse_HasLengthAndType() => Assert.Equal(
        "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\nbusy",
        Text(output => new Answer { Status = 503, Body = "busy"u8, Connection = "close"u8 }.Write(output)));

    [Fact]
    public void Write_Edits_DecideAboutTheType() => Assert.Equal(
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: application/json\r\n\r\n{}",
        Text(output => new Answer { Status = 200, Body = "{}"u8, Edits = [Json] }.Write(output)));

    [Fact]
    public void Write_TargetTooLong_NamesItsReason() => Assert.Equal(
        "HTTP/1.1 414 URI Too Long\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        Text(output => new Answer { Status = 414, Connection = "close"u8 }.Write(output)));

    [Fact]
    public void Write_NoBodyAllowed_HasNoLengthEither()
    {
        Assert.Equal("HTTP/1.1 204 No Content\r\n\r\n", Text(output => new Answer { Status = 204, Body = "x"u8 }.Write(output)));
        Assert.Equal(
            "HTTP/1.1 299 \r\nContent-Length: 1\r\nContent-Type: text/plain\r\n\r\n",
            Text(output => new Answer { Status = 299, Body = "x"u8, IsToHead = true }.Write(output)));
    }

    /// <summary>Gateway API, conformance httproute-redirect-port-and-scheme: what is not given comes from the listener or the
    /// scheme.</summary>
    [Theory]
    [InlineData(null, null, 80, false, "http://a.example/x?q")]
    [InlineData(null, null, 8080, false, "http://a.example:8080/x?q")]
    [InlineData(null, 80, 8080, false, "http://a.example/x?q")]
    [InlineData(null, 8080, 80, false, "http://a.example:8080/x?q")]
    [InlineData("https", null, 80, false, "https://a.example/x?q")]
    [InlineData("https", 443, 8080, false, "https://a.example/x?q")]
    [InlineData("https", 8443, 80, false, "https://a.example:8443/x?q")]
    [InlineData("http", null, 443, true, "http://a.example/x?q")]
    [InlineData(null, null, 443, true, "https://a.example/x?q")]
    public void Location_SchemeAndPort(string? scheme, int? port, int listenerPort, bool isTls, string location) => Assert.Equal(
        location,
        LocationOf(
            new() { Status = 302, Scheme = scheme, Port = port },
            new ReadRequest("GET /x?q HTTP/1.1\r\nHost: a.example:9\r\n\r\n", isTls),
            listenerPort));

    /// <summary>Envoy: what a redirect does not name stays as the client wrote it.</summary>
    [Theory]
    [InlineData(null, null, null, "http://a.example:9/x?q")]
    [InlineData("https", null, null, "https://a.example/x?q")]
    [InlineData(null, "b.example", null, "http://b.example:8080/x?q")]
    [InlineData(null, null, 7, "http://a.example:7/x?q")]
    public void Location_KeptAuthority(string? scheme, string? host, int? port, string location) => Assert.Equal(
        location,
        LocationOf(
            new() { Status = 302, Scheme = scheme, Host = host, Port = port, KeepsAuthority = true },
            new ReadRequest("GET /x?q HTTP/1.1\r\nHost: a.example:9\r\n\r\n"),
            8080));

    /// <summary>Gateway API, conformance httproute-redirect-path.</summary>
    [Theory]
    [InlineData("/replacement-prefix", null, "/original-prefix/lemon", 16, "/replacement-prefix/lemon")]
    [InlineData("/replacement-prefix", null, "/original-prefix", 16, "/replacement-prefix")]
    [InlineData("/", null, "/original-prefix/lemon?q", 16, "/lemon?q")]
    [InlineData("/", null, "/original-prefix", 16, "/")]
    [InlineData("/new", null, "/lemon", 0, "/new/lemon")]
    [InlineData(null, "/full", "/lemon?q", 0, "/full?q")]
    [InlineData(null, "/full?own", "/lemon?q", 0, "/full?own")]
    public void Location_Path(string? prefix, string? path, string target, int matched, string location) => Assert.Equal(
        "http://other" + location,
        LocationOf(new() { Status = 302, Host = "other", PathPrefix = prefix, Path = path }, ReadRequest.Get(target), 80, matched));

    [Fact]
    public void Location_WithoutAuthority_IsAPathOfTheSameServer() => Assert.Equal(
        "/y", LocationOf(new() { Status = 302, Path = "/y" }, new ReadRequest("GET /x HTTP/1.0\r\n\r\n"), 80));

    [Fact]
    public void Location_ToHttps_KeepsHostAndTarget() =>
        Assert.Equal("https://a.example/x?q", LocationOf(RedirectWriter.ToHttps, ReadRequest.Get("/x?q", "a.example:8080"), 8080));

    [Theory]
    [InlineData("GET", "", CorsDecision.None)]
    [InlineData("GET", "Origin: https://evil.example\r\n", CorsDecision.None)]
    [InlineData("GET", "Origin: https://x.b.example\r\n", CorsDecision.Allowed)]
    [InlineData("OPTIONS", "Origin: https://a.example\r\n", CorsDecision.Allowed)]
    [InlineData("OPTIONS", "Origin: https://a.example\r\nAccess-Control-Request-Method: PUT\r\n", CorsDecision.Preflight)]
    [InlineData("GET", "Origin: https://a.example\r\nAccess-Control-Request-Method: PUT\r\n", CorsDecision.Allowed)]
    [InlineData("OPTIONS", "Origin: https://evil.example\r\nAccess-Control-Request-Method: PUT\r\n", CorsDecision.None)]
    public void Cors_Decision(string method, string fields, CorsDecision decision) =>
        Assert.Equal(decision, new CorsAnswer(Cors).Decide(Options(method, fields).Routed, out _));

    [Fact]
    public void Cors_UnmatchedPreflightNotForwarded_IsAnsweredWithoutLines()
    {
        var cors = new CorsAnswer(Cors with { ForwardsUnmatchedPreflights = false });
        var request = Options("OPTIONS", "Origin: null\r\nAccess-Control-Request-Method: PUT\r\n");
        Assert.Equal(CorsDecision.RefusedPreflight, cors.Decide(request.Routed, out _));
        Assert.Equal("", Text(output => cors.WriteLines(CorsDecision.RefusedPreflight, request.Routed, "null"u8, output)));
    }

    [Fact]
    public void Cors_AnyOrigin_IsNamedInTheAnswer()
    {
        var cors = new CorsAnswer(new() { Origins = [new(TextMatchKind.Exact, "*")] });
        Assert.Equal(CorsDecision.Allowed, cors.Decide(Options("GET", "Origin: x\r\n").Routed, out _));
        Assert.Equal(
            "Access-Control-Allow-Origin: x\r\nVary: Origin\r\n",
            Text(output => cors.WriteLines(CorsDecision.Allowed, Options("GET", "").Routed, "x"u8, output)));
    }

    [Fact]
    public void Cors_Lines()
    {
        var cors = new CorsAnswer(Cors);
        const string always = "Access-Control-Allow-Origin: o\r\nAccess-Control-Allow-Credentials: true\r\n";
        Assert.Equal(
            always + "Access-Control-Expose-Headers: x-b,x-c\r\nVary: Origin\r\n",
            Text(output => cors.WriteLines(CorsDecision.Allowed, Options("GET", "").Routed, "o"u8, output)));
        Assert.Equal(
            always + "Access-Control-Expose-Headers: x-b,x-c\r\nAccess-Control-Allow-Methods: GET,PUT\r\n"
            + "Access-Control-Allow-Headers: x-a\r\nAccess-Control-Max-Age: 3600\r\nVary: Origin\r\n",
            Text(output => cors.WriteLines(CorsDecision.Preflight, Options("OPTIONS", "").Routed, "o"u8, output)));
    }

    /// <summary>Where any method and header is allowed, a preflight is told those it asks for: with credentials a star would be a name.
    /// </summary>
    [Theory]
    [InlineData("Access-Control-Request-Method: PUT\r\nAccess-Control-Request-Headers: x-a, x-b\r\n",
        "Access-Control-Allow-Methods: PUT\r\nAccess-Control-Allow-Headers: x-a, x-b\r\n")]
    [InlineData("Access-Control-Request-Method: PUT\r\n", "Access-Control-Allow-Methods: PUT\r\n")]
    public void Cors_AnythingAllowed_IsWhatIsAskedFor(string asked, string told)
    {
        var cors = new CorsAnswer(new()
        {
            Origins = [new(TextMatchKind.Present, "")],
            Methods = ["*"],
            Headers = ["*"],
            ExposedHeaders = ["*"],
            AllowsCredentials = true,
        });
        Assert.Equal(
            $"Access-Control-Allow-Origin: o\r\nAccess-Control-Allow-Credentials: true\r\n{told}Vary: Origin\r\n",
            Text(output => cors.WriteLines(CorsDecision.Preflight, Options("OPTIONS", asked).Routed, "o"u8, output)));
    }

    [Fact]
    public void Cors_AnyHeaderExposedWithoutCredentials_IsAStar()
    {
        var cors = new CorsAnswer(new() { Origins = [new(TextMatchKind.Present, "")], ExposedHeaders = ["*"] });
        Assert.Contains(
            "Access-Control-Expose-Headers: *\r\n",
            Text(output => cors.WriteLines(CorsDecision.Allowed, Options("GET", "").Routed, "o"u8, output)), StringComparison.Ordinal);
    }

    private static ReadRequest Options(string method, string fields) => new($"{method} / HTTP/1.1\r\nHost: a\r\n{fields}\r\n");

    private static string LocationOf(RedirectConfig redirect, ReadRequest request, int port, int matched = 0)
    {
        var line = Text(output => RedirectWriter.WriteLocation(redirect, request.Routed, port, matched, output));
        Assert.StartsWith("Location: ", line, StringComparison.Ordinal);
        return line["Location: ".Length..^2];
    }

    private static string Text(Action<IBufferWriter<byte>> write)
    {
        var output = new ArrayBufferWriter<byte>();
        write(output);
        return Encoding.Latin1.GetString(output.WrittenSpan);
    }
}

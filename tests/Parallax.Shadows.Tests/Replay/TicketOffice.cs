using System.Security.Cryptography;
using System.Text;
using Parallax.TestKit;

namespace Parallax.Shadows.Tests.Replay;

/// <summary>A service that issues something random in every answer and serves only who hands it back: login, form, order, use, logout.
/// </summary>
internal sealed class TicketOffice
{
    private readonly Dictionary<string, string> _issued = [];
    private readonly Lock _lock = new();

    /// <summary>What a client does, step by step: it uses what it was given.</summary>
    public IEnumerable<ListedEntries.Entry> Visit(long session)
    {
        var login = Do("POST /login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n{\"user\":\"u\"}");
        var cookie = Between(login.Answer, "sid=", ";");
        var token = Between(login.Answer, "\"token\":\"", "\"");
        var form = Do($"GET /form HTTP/1.1\r\nHost: a\r\nCookie: lang=en; sid={cookie}\r\nAuthorization: Bearer {token}\r\n\r\n");
        var body = "csrf=" + Uri.EscapeDataString(Between(form.Answer, "value=\"", "\"")) + "&amount=17";
        var order = Do($"POST /orders HTTP/1.1\r\nHost: a\r\nCookie: sid={cookie}\r\nContent-Length: {body.Length}\r\n"
            + $"Content-Type: application/x-www-form-urlencoded\r\n\r\n{body}");
        var location = Between(order.Answer, "Location: ", "\r\n");
        var id = Between(order.Answer, "\"id\":", ",");
        var use = Do($"GET {location}?order_id={id} HTTP/1.1\r\nHost: a\r\nCookie: sid={cookie}\r\n\r\n");
        var paid = $"{{\"orderId\": {id}, \"count\": 17}}";
        var chunked = $"{paid.Length:x}\r\n{paid}\r\n0\r\n\r\n";
        var pay = Do($"POST /pay HTTP/1.1\r\nHost: a\r\nCookie: sid={cookie}\r\nTransfer-Encoding: chunked\r\n\r\n{chunked}");
        var logout = Do($"DELETE /session/{token} HTTP/1.1\r\nHost: a\r\nCookie: sid={cookie}\r\n\r\n");
        return new[] { login, form, order, use, pay, logout }
            .Select((step, at) => new ListedEntries.Entry(step.Request, step.Answer, session, (at * 10) + session));
    }

    public async Task Serve(TestWire peer)
    {
        while (await peer.ReadAsync() is { } request)
        {
            await peer.WriteAsync(AnswerTo(request.Line, request.Head, Encoding.Latin1.GetString(request.Body)));
        }
    }

    private (string Request, string Answer) Do(string request)
    {
        var end = request.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4;
        return (request, AnswerTo(request[..request.IndexOf('\r', StringComparison.Ordinal)], request[..end], request[end..]));
    }

    private string AnswerTo(string line, string head, string body)
    {
        lock (_lock)
        {
            var cookie = head.Contains("sid=", StringComparison.Ordinal) ? Between(head, "sid=", "\r").Split(';')[0] : "";
            return line.Split(' ')[..2] switch
            {
                ["POST", "/login"] => Login(),
                _ when !Knows("sid", cookie) => Refused,
                ["GET", "/form"] when Knows(cookie + "token", Between(head, "Bearer ", "\r")) => Form(cookie),
                ["POST", "/orders"] when Knows(cookie + "csrf", Uri.UnescapeDataString(Between(body, "csrf=", "&")))
                    && body.EndsWith("&amount=17", StringComparison.Ordinal) => Order(cookie),
                ["GET", var path] when IsOrder(cookie, path) => Ok("text/plain", "it is yours"),
                ["POST", "/pay"] when body.Contains(Payment(cookie), StringComparison.Ordinal) => Ok("text/plain", "paid"),
                ["DELETE", var path] when Knows(cookie + "token", path["/session/".Length..]) => Ok("text/plain", "bye"),
                _ => Refused,
            };
        }
    }

    private bool IsOrder(string cookie, string path) =>
        path == $"/orders/{_issued.GetValueOrDefault(cookie + "path")}?order_id={_issued.GetValueOrDefault(cookie + "id")}";

    private string Payment(string cookie) => $"\"orderId\": {_issued.GetValueOrDefault(cookie + "id")}, \"count\": 17";

    private bool Knows(string what, string value) =>
        value.Length > 0 && (what == "sid" ? _issued.ContainsKey("sid" + value) : _issued.GetValueOrDefault(what) == value);

    private string Login()
    {
        var cookie = Random();
        _issued["sid" + cookie] = cookie;
        var token = _issued[cookie + "token"] = $"{Random()}.{Random()}";
        return Ok("application/json", $"{{\"user\":{{\"name\":\"u\",\"token\":\"{token}\"}}}}", $"Set-Cookie: sid={cookie}; Path=/\r\n");
    }

    private string Form(string cookie)
    {
        var csrf = _issued[cookie + "csrf"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(17));
        return Ok("text/html; charset=utf-8", $"<form><input type=\"hidden\" name=\"csrf\" value=\"{csrf}\"></form>");
    }

    // Small numbers, as databases count: easily taken for something else.
    private string Order(string cookie)
    {
        var id = _issued[cookie + "id"] = $"{RandomNumberGenerator.GetInt32(10, 9999)}";
        var path = _issued[cookie + "path"] = Random();
        return Ok("application/json", $"{{\"id\":{id},\"state\":\"open\"}}", $"Location: /orders/{path}\r\n");
    }

    private const string Refused = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n";

    private static string Ok(string type, string body, string fields = "") =>
        $"HTTP/1.1 200 OK\r\nContent-Type: {type}\r\n{fields}Content-Length: {body.Length}\r\n\r\n{body}";

    private static string Random() => Convert.ToHexString(RandomNumberGenerator.GetBytes(12));

    private static string Between(string text, string before, string after)
    {
        var start = text.IndexOf(before, StringComparison.Ordinal);
        if (start < 0)
        {
            return "";
        }

        start += before.Length;
        var end = text.IndexOf(after, start, StringComparison.Ordinal);
        return end < 0 ? text[start..] : text[start..end];
    }
}

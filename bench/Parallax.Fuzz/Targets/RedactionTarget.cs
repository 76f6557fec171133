using System.Text;
using Parallax.Fuzz.Engine;
using Parallax.Recording.Redaction;
using Parallax.Wire.Http1;

namespace Parallax.Fuzz.Targets;

/// <summary>Any message at all: redaction comes to an end, twice to the same result, and what was a whole message stays one. The first
/// octet says whether it is a request.</summary>
internal static class RedactionTarget
{
    private static readonly byte[] Key = "a key of the fuzzer"u8.ToArray();

    public static FuzzTarget Make() => new()
    {
        Name = "redaction",
        Seeds = [.. Messages().SelectMany(body => ((byte[])[0, 1]).Select(kind => Seed(kind, body.Type, body.Body)))],
        Words =
        [
            "password", "token=", "\"token\":\"", "Bearer ", "Authorization: ", "Cookie: a=b\r\n", "--X\r\n", "--X--", "\r\n\r\n", "{\"",
            "\":", "[", "]", "}", "&", "%22", "%25", "%7B", "<", "</", ">", "<![CDATA[", "<!--", "&amp;", "&#x41;", "'", "\\\"",
            "\\u0022", "eyJ", "data: ", "-----BEGIN ", "4111 1111 1111 1111", "a@b.example", "://a:b@", "charset=utf-16",
            "Content-Encoding: gzip\r\n", "\u00e2\u009f\u00a6", "Content-Disposition: form-data; name=\"pin\"\r\n", "application/json",
            "text/xml", "multipart/form-data; boundary=X", "text/csv",
        ],
        Run = Run,
        MaxTime = TimeSpan.FromSeconds(4),
    };

    private static void Run(byte[] input, Outcome outcome)
    {
        if (input.Length == 0)
        {
            return;
        }

        var kind = (MessageKind)(input[0] & 1);
        var octets = input[1..];
        var redactor = new Redactor(Key);
        var once = Redact(redactor, kind, octets);
        outcome.AddCount(once.AsSpan().Count("\u27e6"u8));
        outcome.Add(once.AsSpan().SequenceEqual(octets) ? 0 : 1);
        foreach (var count in redactor.Withheld.Read())
        {
            outcome.Add(count);
        }

        // A start line that is only nearly one may hold a secret where the version should be.
        if (IsWhole(kind, octets, hasLooseStart: false))
        {
            Require.That(IsWhole(kind, once, hasLooseStart: true), "a whole message is no longer one");
        }

        Require.That(once.AsSpan().SequenceEqual(Redact(new(Key), kind, octets)), "the second time another result");
    }

    private static byte[] Redact(Redactor redactor, MessageKind kind, byte[] octets) => kind == MessageKind.Request
        ? redactor.Redact(new() { HasRequest = true, Request = octets }).Request.ToArray()
        : redactor.Redact(new() { HasResponse = true, Response = octets }).Response.ToArray();

    private static bool IsWhole(MessageKind kind, byte[] octets, bool hasLooseStart)
    {
        var reader = new MessageReader(kind, Http1Policy.Passive with { Resynchronises = false, LooseStartLines = hasLooseStart });
        ReadOnlySpan<byte> rest = octets;
        while (true)
        {
            var readEvent = reader.Read(rest, out var consumed);
            rest = rest[consumed..];
            switch (readEvent.Kind)
            {
                case ReadEventKind.Head or ReadEventKind.Body:
                    break;
                case ReadEventKind.End:
                    return rest.IsEmpty && !reader.IsIncomplete;
                default:
                    return false;
            }
        }
    }

    private static byte[] Seed(byte kind, string type, string body)
    {
        var octets = Encoding.UTF8.GetBytes(body);
        var start = kind == (byte)MessageKind.Request
            ? "POST /a?token=x&b=1 HTTP/1.1\r\nHost: h\r\nCookie: s=1; t=2\r\n"
            : "HTTP/1.1 200 OK\r\nSet-Cookie: a=b; Path=/\r\n";
        return [kind, .. Encoding.Latin1.GetBytes($"{start}Content-Type: {type}\r\nContent-Length: {octets.Length}\r\n\r\n"), .. octets];
    }

    private static (string Type, string Body)[] Messages() =>
    [
        (
            "application/json",
            """{"user":"u","password":"a","list":[{"name":"token","value":"x"}],"next":"/a?token=b","j":"{\"pin\":1}"}"""
        ),
        ("application/x-www-form-urlencoded", "a=1&password=b%20c&payload=%7B%22token%22%3A%22x%22%7D"),
        ("multipart/form-data; boundary=X", "--X\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\nabc\r\n--X--\r\n"),
        ("text/xml", "<a token=\"x\"><password>abc</password><!-- x --><b><![CDATA[y]]></b></a>"),
        ("text/html", "<!doctype html><input type=password value=abc><script>var token = \"x\";</script>"),
        ("text/event-stream", "event: a\ndata: {\"access_token\": \"x\"}\n\n"),
        ("text/csv", "name,password\na,b\n"),
        (
            "text/plain",
            "login failed, password: abc\nexport aws_secret_access_key=abc\n"
                + "-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----\n"
        ),
        ("application/graphql", "mutation { login(user: \"u\", password: \"abc\") { id } }"),
        ("", "\u0000\u0001{\"password\":\"abc\"}"),
    ];
}

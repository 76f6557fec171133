using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Parallax.Fuzz.Engine;
using Parallax.Recording.Entries;
using Parallax.Recording.Redaction;

namespace Parallax.Fuzz.Targets;

/// <summary>A secret that is written as programs write it, in formats within formats, coded and chunked: none is left. The octets of the
/// input choose.</summary>
internal static class SecretsTarget
{
    private const string Secret = "Zq9vT4mK2pL8xW7cN3";

    private static readonly string[] Names =
    [
        "password", "token", "access_token", "clientSecret", "api_key", "apiKey", "db_password", "X-Api-Key", "sessionToken", "pin",
    ];

    private static readonly byte[] Key = "a key of the fuzzer"u8.ToArray();

    public static FuzzTarget Make() => new()
    {
        Name = "secrets",
        Seeds = [.. Enumerable.Range(0, 64).Select(number => Enumerable.Range(1, 24).Select(at => (byte)(number * at * 37)).ToArray())],
        Run = Run,
        MaxInputBytes = 64,
    };

    /// <summary>What an input stands for: for people, and tests.</summary>
    public static byte[] MessageOf(byte[] input) => Message(new(input));

    private static void Run(byte[] input, Outcome outcome)
    {
        var message = MessageOf(input);
        var redactor = new Redactor(Key);
        var redacted = redactor.Redact(new() { HasRequest = true, Request = message }).Request.ToArray();
        foreach (var count in redactor.Withheld.Read())
        {
            outcome.Add(count);
        }

        outcome.AddCount(redacted.AsSpan().Count("\u27e6"u8));
        var plain = Plain(redacted);
        var at = plain.IndexOf(Secret, StringComparison.Ordinal);
        if (at >= 0)
        {
            var around = plain[Math.Max(0, at - 100)..Math.Min(plain.Length, at + 40)];
            Require.That(false, $"the secret is left: {around}\nof {Plain(message)}");
        }
    }

    private static byte[] Message(Choices choices)
    {
        var (type, body) = Content(choices, depth: choices.Next(4));
        var octets = Encoding.UTF8.GetBytes(body);
        var fields = "";
        if (choices.Next(3) == 0)
        {
            octets = Compress(octets);
            fields += "Content-Encoding: gzip\r\n";
        }

        if (choices.Next(3) == 0)
        {
            var size = 1 + choices.Next(40);
            octets = [.. octets.Chunk(size).SelectMany(chunk => Ascii($"{chunk.Length:x}\r\n").Concat(chunk).Concat("\r\n"u8.ToArray()))];
            octets = [.. octets, .. "0\r\n\r\n"u8];
            fields += "Transfer-Encoding: chunked\r\n";
        }
        else
        {
            fields += $"Content-Length: {octets.Length}\r\n";
        }

        type = choices.Next(6) == 0 ? "" : $"Content-Type: {type}\r\n";
        return [.. Ascii($"POST /{Query(choices)} HTTP/1.1\r\nHost: h\r\n{type}{fields}\r\n"), .. octets];
    }

    private static string Query(Choices choices) => choices.Next(3) == 0 ? $"?a=1&{Name(choices)}={Secret}" : "";

    private static (string Type, string Body) Content(Choices choices, int depth)
    {
        var inner = depth > 0 ? Content(choices, depth - 1).Body : null;
        var name = Name(choices);
        return choices.Next(7) switch
        {
            0 => ("application/json", Json(choices, name, inner)),
            1 => (
                "application/x-www-form-urlencoded",
                inner is null ? $"a=1&{name}={Secret}&b=" : $"a=1&data={Uri.EscapeDataString(inner)}"),
            2 => ($"multipart/form-data; boundary=XyZ{depth}", Part(depth, inner is null ? name : "data", inner ?? Secret)),
            3 => ("text/xml", inner is null ? $"<a><b>1</b><{name}>{Secret}</{name}></a>" : $"<a><b>{Escaped(inner)}</b></a>"),
            4 => ("text/event-stream", $"event: x\ndata: {Json(choices, name, inner)}\n\n"),
            5 => ("text/plain", $"INFO request body={Json(choices, name, inner)}\n"),
            _ => ("application/json", $"[1,{Json(choices, name, inner)},null]"),
        };
    }

    private static string Json(Choices choices, string name, string? inner)
    {
        var member = inner is null ? $"\"{name}\":\"{Secret}\"" : $"\"data\":{JsonSerializer.Serialize(inner)}";
        for (var level = choices.Next(4); level > 0; level--)
        {
            member = choices.Next(2) == 0 ? $"\"a\":{{{member}}}" : $"\"list\":[1,{{{member}}},\"x\"]";
        }

        return choices.Next(4) == 0 ? $"{{\n  \"id\" : 1 ,\n  {member}\n}}" : $"{{\"id\":1,{member}}}";
    }

    // The boundary of the outer parts must not stand in the inner ones.
    private static string Part(int depth, string name, string value) =>
        $"--XyZ{depth}\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n"
        + $"--XyZ{depth}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n--XyZ{depth}--\r\n";

    private static string Escaped(string text) => text.Replace("&", "&amp;").Replace("<", "&lt;").Replace("\"", "&quot;");

    private static string Name(Choices choices) => Names[choices.Next(Names.Length)];

    private static string Plain(byte[] message)
    {
        var reading = new RecordedMessage();
        return reading.TryRead(Wire.Http1.MessageKind.Request, message) && reading.TryDecode(message, out var content)
            ? Encoding.Latin1.GetString(message) + Encoding.UTF8.GetString(content)
            : Encoding.Latin1.GetString(message);
    }

    private static byte[] Compress(byte[] plain)
    {
        var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(plain);
        }

        return compressed.ToArray();
    }

    private static byte[] Ascii(string text) => Encoding.ASCII.GetBytes(text);

    /// <summary>Numbers from the octets of an input, 0 when there are no more.</summary>
    private sealed class Choices(byte[] input)
    {
        private int _at;

        public int Next(int most) => _at < input.Length ? input[_at++] % most : 0;
    }
}

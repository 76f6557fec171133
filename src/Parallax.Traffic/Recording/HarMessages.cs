using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Parallax.Traffic.Exchanges;

namespace Parallax.Traffic.Recording;

/// <summary>Makes the two messages of a HAR entry: what HTTP/1 would have had on the wire for it.</summary>
/// <remarks>Bodies in a HAR file have neither chunk framing nor content coding, so the fields that tell of them are left out and the length
/// is set. Thread safety: none.</remarks>
internal sealed class HarMessages
{
    private readonly ArrayBufferWriter<byte> _request = new();
    private readonly ArrayBufferWriter<byte> _response = new();

    /// <summary>Makes an entry.</summary>
    /// <param name="har">An object of log.entries.</param>
    /// <param name="entry">Valid until the next call.</param>
    /// <returns>False when it has no request that could be made.</returns>
    public bool TryMake(JsonElement har, out RecordedEntry entry)
    {
        entry = default;
        _request.ResetWrittenCount();
        _response.ResetWrittenCount();
        var hasOurs = TryGet(har, HarFacts.Name, JsonValueKind.Object, out var ours);
        if (!TryGet(har, "request", JsonValueKind.Object, out var request) || !TryMakeRequest(request, ours, hasOurs))
        {
            return false;
        }

        var isCut = false;
        var hasResponse = TryGet(har, "response", JsonValueKind.Object, out var response) && TryMakeResponse(response, hasOurs, out isCut);
        var facts = hasOurs ? HarFacts.Read(ours) : FactsOf(har);
        entry = new()
        {
            Facts = facts with
            {
                Flags = facts.Flags | (hasResponse ? 0 : ExchangeFlags.NoResponse) | (isCut ? ExchangeFlags.ResponseIncomplete : 0),
            },
            HasRequest = true,
            HasResponse = hasResponse,
            Request = _request.WrittenSpan,
            Response = _response.WrittenSpan,
            Label = hasOurs ? HarFacts.LabelIn(ours) : [],
        };
        return true;
    }

    private bool TryMakeRequest(JsonElement request, JsonElement ours, bool hasOurs)
    {
        var (method, url) = (Text(request, "method"), Text(request, "url"));
        if (method.Length == 0 || url.Length == 0)
        {
            return false;
        }

        var target = hasOurs && Text(ours, "target") is { Length: > 0 } written ? written : TargetIn(url);
        Append(_request, $"{method} {target} {VersionOf(request)}\r\n");
        byte[] body = [];
        var isCoded = false;
        if (TryGet(request, "postData", JsonValueKind.Object, out var post))
        {
            body = ContentOf(post, "_encoding");
            isCoded = IsCoded(post);
        }

        var names = AppendFields(_request, request, body, isCoded, hasOurs, isResponse: false);
        if (!hasOurs && !names.Contains("host") && AuthorityIn(url) is { Length: > 0 } authority)
        {
            Append(_request, $"Host: {authority}\r\n");
        }

        _request.Write("\r\n"u8);
        _request.Write(body);
        return true;
    }

    /// <summary>False when there was no response: browsers write the status 0 then.</summary>
    private bool TryMakeResponse(JsonElement response, bool hasOurs, out bool isCut)
    {
        isCut = false;
        if (!TryGet(response, "status", JsonValueKind.Number, out var status) || !status.TryGetInt32(out var code) || code <= 0)
        {
            return false;
        }

        var reason = Text(response, "statusText");
        Append(_response, $"{VersionOf(response)} {code.ToString(CultureInfo.InvariantCulture)} {reason}\r\n");
        byte[] body = [];
        var isCoded = false;
        if (TryGet(response, "content", JsonValueKind.Object, out var content))
        {
            body = ContentOf(content, "encoding");
            isCoded = IsCoded(content);
            isCut = body.Length == 0
                && TryGet(content, "size", JsonValueKind.Number, out var size) && size.TryGetInt64(out var bytes) && bytes > 0;
        }

        AppendFields(_response, response, body, isCoded, hasOurs, isResponse: true);
        _response.Write("\r\n"u8);
        _response.Write(body);
        return true;
    }

    private static HashSet<string> AppendFields(
        ArrayBufferWriter<byte> to, JsonElement message, byte[] body, bool isCoded, bool isOurs, bool isResponse)
    {
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var length = body.Length.ToString(CultureInfo.InvariantCulture);
        var fields = TryGet(message, "headers", JsonValueKind.Array, out var headers) ? headers.EnumerateArray().ToList() : [];
        var wasChunked = fields.Exists(field => Is(Text(field, "name"), "transfer-encoding"));
        foreach (var field in fields)
        {
            var name = Text(field, "name");
            var isUndone = Is(name, "transfer-encoding") || (Is(name, "content-encoding") && !isCoded);
            if (name.Length == 0 || name[0] == ':' || (isUndone && body.Length > 0))
            {
                continue;
            }

            names.Add(name);
            foreach (var value in Is(name, "content-length") && body.Length > 0 ? [length] : Text(field, "value").Split('\n'))
            {
                Append(to, $"{name}: {value}\r\n");
            }
        }

        // Our own files lack a length only where the message had none: a response that ended with its connection.
        if (body.Length > 0 && !names.Contains("content-length") && (!isOurs || wasChunked || !isResponse))
        {
            Append(to, $"Content-Length: {length}\r\n");
        }

        return names;
    }

    private static bool Is(string name, string other) => name.Equals(other, StringComparison.OrdinalIgnoreCase);

    private static byte[] ContentOf(JsonElement content, string encodingName)
    {
        if (!TryGet(content, "text", JsonValueKind.String, out var text))
        {
            return [];
        }

        var isBase64 = Text(content, encodingName) == "base64";
        return isBase64 && text.TryGetBytesFromBase64(out var octets) ? octets : Encoding.UTF8.GetBytes(text.GetString()!);
    }

    private static bool IsCoded(JsonElement content) => TryGet(content, "_isCoded", JsonValueKind.True, out _);

    private static string VersionOf(JsonElement message) => Text(message, "httpVersion") is "HTTP/1.0" ? "HTTP/1.0" : "HTTP/1.1";

    private static string TargetIn(string url)
    {
        var path = url.IndexOf('/', Authority(url).Start);
        var target = path < 0 ? "/" : url[path..];
        var fragment = target.IndexOf('#', StringComparison.Ordinal);
        return fragment < 0 ? target : target[..fragment];
    }

    private static string AuthorityIn(string url)
    {
        var (start, end) = Authority(url);
        return url[start..end];
    }

    private static (int Start, int End) Authority(string url)
    {
        var scheme = url.IndexOf("://", StringComparison.Ordinal);
        var start = scheme < 0 ? 0 : scheme + 3;
        var end = url.IndexOfAny(['/', '?', '#'], start);
        return (start, end < 0 ? url.Length : end);
    }

    private static EntryFacts FactsOf(JsonElement har)
    {
        var begin = DateTimeOffset.TryParse(
            Text(har, "startedDateTime"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? (time - DateTimeOffset.UnixEpoch).Ticks * 100
            : 0;
        TryGet(har, "timings", JsonValueKind.Object, out var timings);
        var sent = begin + Nanoseconds(timings, "blocked") + Nanoseconds(timings, "dns") + Nanoseconds(timings, "connect")
            + Nanoseconds(timings, "send");
        var answered = sent + Nanoseconds(timings, "wait");
        return new()
        {
            SequenceInSession = -1,
            Vni = -1,
            Session = long.TryParse(Text(har, "connection"), CultureInfo.InvariantCulture, out var session) ? session : 0,
            RequestFirst = new(begin),
            RequestLast = new(sent),
            ResponseFirst = new(answered),
            ResponseLast = new(answered + Nanoseconds(timings, "receive")),
        };
    }

    /// <summary>A phase that did not happen has the length -1.</summary>
    private static long Nanoseconds(JsonElement timings, string phase) =>
        timings.ValueKind == JsonValueKind.Object && TryGet(timings, phase, JsonValueKind.Number, out var value)
        && value.TryGetDouble(out var milliseconds) && milliseconds is > 0 and < 1e9
            ? (long)(milliseconds * 1e6)
            : 0;

    private static bool TryGet(JsonElement element, string name, JsonValueKind kind, out JsonElement value)
    {
        value = default;
        return element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out value) && value.ValueKind == kind;
    }

    private static string Text(JsonElement element, string name) =>
        TryGet(element, name, JsonValueKind.String, out var value) ? value.GetString()! : "";

    /// <summary>One octet a character where that is possible: so were our own written.</summary>
    private static void Append(ArrayBufferWriter<byte> to, string text)
    {
        var isLatin1 = text.AsSpan().IndexOfAnyExceptInRange('\0', '\u00FF') < 0;
        to.Write((isLatin1 ? Encoding.Latin1 : Encoding.UTF8).GetBytes(text));
    }
}

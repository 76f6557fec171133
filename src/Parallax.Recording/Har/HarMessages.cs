using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Parallax.Recording.Entries;
using Parallax.Traffic.Exchanges;

namespace Parallax.Recording.Har;

/// <summary>Makes the two messages of a HAR entry: what HTTP/1 would have had on the wire for it.</summary>
/// <remarks>Bodies in a HAR file have neither chunk framing nor, mostly, content coding, so the fields that tell of them are left out and
/// the length is set. Thread safety: none.</remarks>
internal sealed class HarMessages(HarFiles files, long firstSession)
{
    private readonly ArrayBufferWriter<byte> _request = new();
    private readonly ArrayBufferWriter<byte> _response = new();
    private readonly HarConnections _connections = new(firstSession);
    private readonly long[] _leftOut = new long[LeftOutReasons.Count];

    /// <summary>Entries left out, or given as incomplete, indexed by <see cref="LeftOutReason"/>.</summary>
    public IReadOnlyList<long> LeftOut => _leftOut;

    /// <summary>Makes an entry.</summary>
    /// <param name="har">An object of log.entries.</param>
    /// <param name="entry">Valid until the next call.</param>
    /// <param name="isLeftOut">True when there is none, and <see cref="LeftOut"/> says why.</param>
    /// <returns>False when it has no request that could be made.</returns>
    public bool TryMake(JsonElement har, out RecordedEntry entry, out bool isLeftOut)
    {
        entry = default;
        isLeftOut = false;
        _request.ResetWrittenCount();
        _response.ResetWrittenCount();
        if (!HarJson.TryGet(har, "request", JsonValueKind.Object, out var request)
            || HarJson.Text(request, "url") is not { Length: > 0 } written)
        {
            return false;
        }

        var hasOurs = HarJson.TryGet(har, HarFacts.Name, JsonValueKind.Object, out var ours);
        var method = MethodOf(request);
        var url = HarUrl.Parse(written, method);
        if (!hasOurs && HarOrigin.LeftOut(har, request, url) is { } reason)
        {
            _leftOut[(int)reason]++;
            isLeftOut = true;
            return false;
        }

        if (method.Length == 0)
        {
            return false;
        }

        var fields = new HarFields(request, isExact: hasOurs);
        var target = hasOurs && HarJson.Text(ours, "target") is { Length: > 0 } sent ? sent : TargetOf(request, url);
        if (!IsLine(method, target, hasOurs) || !HarFields.CanCarry(url.Authority) || !fields.AreCarried)
        {
            _leftOut[(int)LeftOutReason.NotARequest]++;
            isLeftOut = true;
            return false;
        }

        var isWhole = MakeRequest(request, $"{method} {target} {VersionOf(request)}\r\n", fields, url, hasOurs);
        var hasResponse = TryMakeResponse(har, method, hasOurs, out var isCut);
        var facts = hasOurs ? HarFacts.Read(ours) : HarTimings.FactsOf(har, url, _connections);
        entry = new()
        {
            Facts = facts with
            {
                Flags = facts.Flags | (isWhole ? 0 : ExchangeFlags.RequestIncomplete)
                    | (hasResponse ? 0 : ExchangeFlags.NoResponse) | (isCut ? ExchangeFlags.ResponseIncomplete : 0),
            },
            HasRequest = true,
            HasResponse = hasResponse,
            Request = _request.WrittenSpan,
            Response = _response.WrittenSpan,
            Label = hasOurs ? HarFacts.LabelIn(ours) : [],
        };
        return true;
    }

    /// <summary>False when its body is not there.</summary>
    private bool MakeRequest(JsonElement request, string line, HarFields fields, HarUrl url, bool isOurs)
    {
        var body = isOurs ? HarBody.OfOurs(request, "postData", "_encoding") : HarBody.OfRequest(request, fields, files);
        Append(_request, line);
        if (!isOurs)
        {
            Complete(fields, request, line[..line.IndexOf(' ', StringComparison.Ordinal)], body);
        }

        AppendFields(_request, fields, body, isOurs, isResponse: false);
        var authority = fields.Authority.Length > 0 ? fields.Authority : url.Authority;
        if (!isOurs && !fields.Has("host") && authority.Length > 0)
        {
            Append(_request, $"Host: {authority}\r\n");
        }

        _request.Write("\r\n"u8);
        _request.Write(body.Octets);
        _leftOut[(int)LeftOutReason.BodyNotInFile] += body.IsMissing ? 1 : 0;
        return !body.IsMissing;
    }

    /// <summary>False when there was no response: browsers write the status 0 then.</summary>
    private bool TryMakeResponse(JsonElement har, string method, bool isOurs, out bool isCut)
    {
        isCut = false;
        if (!HarJson.TryGet(har, "response", JsonValueKind.Object, out var response)
            || HarJson.Number(response, "status", 0) is not (> 0 and < 1000 and var status))
        {
            return false;
        }

        var fields = new HarFields(response, isOurs);
        var body = isOurs ? HarBody.OfOurs(response, "content", "encoding") : HarBody.OfResponse(response, fields, files);
        isCut = body.IsMissing && method != "HEAD" && status is not (204 or 304) and >= 200;
        if (!isOurs)
        {
            fields.KeepFirst("content-length");
        }

        var reason = HarFields.Carried(HarJson.Text(response, "statusText"));
        Append(_response, $"{VersionOf(response)} {status.ToString(CultureInfo.InvariantCulture)} {reason}\r\n");
        AppendFields(_response, fields, body, isOurs, isResponse: true);
        _response.Write("\r\n"u8);
        _response.Write(body.Octets);
        return true;
    }

    // What the fields lack and HTTP/1 needs, or what stands in another place of the file.
    private static void Complete(HarFields fields, JsonElement request, string method, in HarBody body)
    {
        fields.KeepFirst("host");
        fields.KeepFirst("content-length");
        if (!fields.Has("cookie") && CookiesIn(request) is { Length: > 0 } cookies)
        {
            fields.Set("Cookie", cookies);
        }

        HarJson.TryGet(request, "postData", JsonValueKind.Object, out var post);
        var type = HarJson.Text(post, "mimeType");
        if (body.Octets.Length > 0 && !fields.Has("content-type") && type.Length > 0 && HarFields.CanCarry(type))
        {
            fields.Set("Content-Type", type);
        }

        var sent = fields["content-type"];
        if (HarForms.Is(sent, "multipart/form-data") && HarForms.BoundaryIn(sent) is null && body.Octets.Length > 0)
        {
            fields.Set("Content-Type", $"{sent}; boundary={HarForms.BoundaryIn(type) ?? HarForms.MadeBoundary}");
        }

        if (body.Octets.Length == 0 && !body.IsMissing)
        {
            fields.Remove("transfer-encoding");
            if (method is "POST" or "PUT" or "PATCH")
            {
                fields.Set("Content-Length", "0");
            }
        }
    }

    private static string CookiesIn(JsonElement request) => string.Join("; ", HarJson.Members(request, "cookies")
        .Select(cookie => $"{HarJson.Text(cookie, "name")}={HarJson.Text(cookie, "value")}")
        .Where(cookie => cookie.Length > 1 && HarFields.CanCarry(cookie) && !cookie.Contains(';')));

    private static void AppendFields(ArrayBufferWriter<byte> to, HarFields fields, in HarBody body, bool isOurs, bool isResponse)
    {
        var length = body.Octets.Length.ToString(CultureInfo.InvariantCulture);
        var hasBody = body.Octets.Length > 0;
        foreach (var (name, value) in fields.All)
        {
            var isUndone = hasBody && (Is(name, "transfer-encoding") || (Is(name, "content-encoding") && !body.IsCoded));
            if (!isUndone)
            {
                Append(to, $"{name}: {(hasBody && Is(name, "content-length") ? length : value)}\r\n");
            }
        }

        // Our own files lack a length only where the message had none: a response that ended with its connection.
        if (hasBody && !fields.Has("content-length") && (!isOurs || fields.Has("transfer-encoding") || !isResponse))
        {
            Append(to, $"Content-Length: {length}\r\n");
        }
    }

    private static bool Is(string name, string other) => name.Equals(other, StringComparison.OrdinalIgnoreCase);

    // What a server took is kept, be it odd.
    private static bool IsLine(string method, string target, bool isOurs) => isOurs
        ? !method.Contains(' ', StringComparison.Ordinal) && !HarFields.EndsLine(method) && !HarFields.EndsLine(target)
        : HarFields.IsToken(method) && HarFields.CanCarry(target);

    // Methods are case-sensitive; what a program shows in lower case was not sent so.
    private static string MethodOf(JsonElement request)
    {
        var written = HarJson.Text(request, "method");
        return written.ToUpperInvariant() is "GET" or "HEAD" or "POST" or "PUT" or "DELETE" or "OPTIONS" or "PATCH" or "CONNECT" or "TRACE"
            ? written.ToUpperInvariant()
            : written;
    }

    // Some programs keep the query apart only.
    private static string TargetOf(JsonElement request, HarUrl url)
    {
        var hasAll = url.Target.Contains('?', StringComparison.Ordinal) || !url.Target.StartsWith('/');
        var query = hasAll ? "" : HarForms.Query(HarJson.Members(request, "queryString"));
        return query.Length > 0 ? $"{url.Target}?{query}" : url.Target;
    }

    private static string VersionOf(JsonElement message) =>
        Is(HarJson.Text(message, "httpVersion"), "HTTP/1.0") ? "HTTP/1.0" : "HTTP/1.1";

    /// <summary>One octet a character where that is possible: so were our own written.</summary>
    private static void Append(ArrayBufferWriter<byte> to, string text)
    {
        var isLatin1 = text.AsSpan().IndexOfAnyExceptInRange('\0', '\u00FF') < 0;
        to.Write((isLatin1 ? Encoding.Latin1 : Encoding.UTF8).GetBytes(text));
    }
}

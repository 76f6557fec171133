using System.Globalization;
using System.Text;
using System.Text.Json;
using Parallax.Recording.Entries;
using Parallax.Recording.JsonLines;
using Parallax.Wire;
using Parallax.Wire.Http1;

namespace Parallax.Recording.Har;

/// <summary>Writes HAR 1.2, entry by entry. Bodies are written without chunk framing and content coding, as the format has it; what the
/// format has no place for stands in <c>_parallax</c>.</summary>
/// <remarks>Memory: one entry. Thread safety: none.</remarks>
public sealed class HarWriter : IRecordingWriter
{
    private const int FlushBytes = 1 << 18;

    private readonly Stream _stream;
    private readonly Utf8JsonWriter _json;
    private readonly RecordedMessage _request = new();
    private readonly RecordedMessage _response = new();

    /// <summary>Begins the file.</summary>
    /// <param name="stream">Where to; disposed of with the writer.</param>
    public HarWriter(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        _stream = stream;
        _json = new(stream, JsonText.Options);
        _json.WriteStartObject();
        _json.WriteStartObject("log");
        _json.WriteString("version", "1.2");
        _json.WriteStartObject("creator");
        _json.WriteString("name", "Parallax");
        _json.WriteString("version", typeof(HarWriter).Assembly.GetName().Version?.ToString(3));
        _json.WriteEndObject();
        _json.WriteStartArray("entries");
    }

    /// <inheritdoc/>
    /// <remarks>Without a request whose head can be read there is no HAR entry.</remarks>
    public bool TryWrite(in RecordedEntry entry)
    {
        if (!entry.HasRequest || !_request.TryRead(MessageKind.Request, entry.Request) || _request.Head.Method.IsEmpty)
        {
            return false;
        }

        var facts = entry.Facts;
        _json.WriteStartObject();
        _json.WriteString("startedDateTime", facts.RequestFirst.ToText());
        _json.WriteNumber("time", Milliseconds(facts.RequestFirst, facts.ResponseLast, 0));
        WriteRequest(entry.Request, facts);
        WriteResponse(entry.HasResponse, entry.Response);
        _json.WriteStartObject("cache");
        _json.WriteEndObject();
        _json.WriteStartObject("timings");
        _json.WriteNumber("send", Milliseconds(facts.RequestFirst, facts.RequestLast, 0));
        _json.WriteNumber("wait", Milliseconds(facts.RequestLast, facts.ResponseFirst, 0));
        _json.WriteNumber("receive", Milliseconds(facts.ResponseFirst, facts.ResponseLast, 0));
        _json.WriteEndObject();
        if (facts.Server != default)
        {
            _json.WriteString("serverIPAddress", facts.Server.Address.ToString());
        }

        _json.WriteString("connection", facts.Session.ToString(CultureInfo.InvariantCulture));
        HarFacts.Write(_json, entry, _request);
        WriteShadows(entry.Shadows);
        _json.WriteEndObject();
        if (_json.BytesPending >= FlushBytes)
        {
            _json.Flush();
        }

        return true;
    }

    /// <inheritdoc/>
    public void Finish()
    {
        _json.WriteEndArray();
        _json.WriteEndObject();
        _json.WriteEndObject();
        _json.Flush();
        _stream.Write("\n"u8);
    }

    /// <summary>Closes the file as it is.</summary>
    public void Dispose()
    {
        _json.Dispose();
        _stream.Dispose();
    }

    private static double Milliseconds(Timestamp from, Timestamp to, double otherwise) =>
        from.IsKnown && to.IsKnown ? Math.Max(0, to.Since(from) / 1e6) : otherwise;

    private void WriteRequest(ReadOnlySpan<byte> octets, in EntryFacts facts)
    {
        var head = _request.Head;
        var target = JsonText.Latin1(head.Target.Of(octets));
        _json.WriteStartObject("request");
        _json.WriteString("method", JsonText.Latin1(head.Method.Of(octets)));
        _json.WriteString("url", UrlOf(target, JsonText.Latin1(head.Host.Of(octets)), facts));
        _json.WriteString("httpVersion", $"HTTP/1.{head.VersionMinor}");
        WriteCookies(_request.ValueOf(octets, "cookie"u8), ';');
        WriteFields(_request, octets);
        WriteQuery(target);
        var content = DecodedOrCoded(_request, octets, out var isCoded);
        if (!content.IsEmpty)
        {
            _json.WriteStartObject("postData");
            _json.WriteString("mimeType", JsonText.Latin1(_request.ValueOf(octets, "content-type"u8)));
            _json.WriteStartArray("params");
            _json.WriteEndArray();
            WriteText(content, "_encoding", isCoded);
            _json.WriteEndObject();
        }

        WriteSizes(_request, octets);
        _json.WriteEndObject();
    }

    private void WriteShadows(RecordedShadows shadows)
    {
        if (shadows.Count == 0)
        {
            return;
        }

        _json.WriteStartArray("_shadows");
        foreach (var shadow in shadows)
        {
            _json.WriteStartObject();
            _json.WriteString("mirror", JsonText.Latin1(shadow.Mirror));
            _json.WriteString("failure", shadow.Failure == 0 ? null : ShadowFailures.NameOf(shadow.Failure));
            _json.WriteString("startedDateTime", shadow.Sent.ToText());
            _json.WriteNumber("time", Milliseconds(shadow.Sent, shadow.Last, 0));
            WriteResponse(!shadow.Response.IsEmpty, shadow.Response);
            _json.WriteEndObject();
        }

        _json.WriteEndArray();
    }

    private void WriteResponse(bool isThere, ReadOnlySpan<byte> octets)
    {
        var isRead = isThere && _response.TryRead(MessageKind.Response, octets);
        var head = _response.Head;
        _json.WriteStartObject("response");
        _json.WriteNumber("status", isRead ? head.StatusCode : 0);
        _json.WriteString("statusText", isRead ? JsonText.Latin1(head.Reason.Of(octets)) : "");
        _json.WriteString("httpVersion", isRead ? $"HTTP/1.{head.VersionMinor}" : "");
        WriteCookies(isRead ? _response.ValueOf(octets, "set-cookie"u8) : default, '\n');
        WriteFields(isRead ? _response : null, octets);
        _json.WriteStartObject("content");
        var isCoded = false;
        var content = isRead ? DecodedOrCoded(_response, octets, out isCoded) : default;
        _json.WriteNumber("size", content.Length);
        _json.WriteString("mimeType", isRead ? JsonText.Latin1(_response.ValueOf(octets, "content-type"u8)) : "");
        WriteText(content, "encoding", isCoded);
        _json.WriteEndObject();
        _json.WriteString("redirectURL", isRead ? JsonText.Latin1(_response.ValueOf(octets, "location"u8)) : "");
        WriteSizes(isRead ? _response : null, octets);
        _json.WriteEndObject();
    }

    private void WriteText(ReadOnlySpan<byte> content, string encodingName, bool isCoded)
    {
        if (!JsonText.WriteOctets(_json, "text", "text", content))
        {
            _json.WriteString(encodingName, "base64");
        }

        if (isCoded)
        {
            _json.WriteBoolean("_isCoded", true);
        }
    }

    /// <summary>The content as HAR wants it; as it is where it cannot be decoded.</summary>
    private static ReadOnlySpan<byte> DecodedOrCoded(RecordedMessage message, ReadOnlySpan<byte> octets, out bool isCoded)
    {
        isCoded = !message.TryDecode(octets, out var decoded);
        return isCoded ? message.ContentOf(octets) : decoded;
    }

    private static string UrlOf(string target, string host, in EntryFacts facts)
    {
        if (target.Contains("://", StringComparison.Ordinal))
        {
            return target;
        }

        var authority = host.Length > 0 ? host : facts.Server != default ? facts.Server.ToString() : "unknown.invalid";
        return $"http://{authority}{(target.StartsWith('/') ? target : "/")}";
    }

    private void WriteFields(RecordedMessage? message, ReadOnlySpan<byte> octets)
    {
        _json.WriteStartArray("headers");
        for (var field = 0; field < (message?.Head.FieldCount ?? 0); field++)
        {
            var (name, value) = message!.Head[field];
            WritePair(JsonText.Latin1(name.Of(octets)), JsonText.Latin1(value.Of(octets)));
        }

        _json.WriteEndArray();
    }

    private void WriteSizes(RecordedMessage? message, ReadOnlySpan<byte> octets)
    {
        _json.WriteNumber("headersSize", message?.Head.Length ?? -1);
        _json.WriteNumber("bodySize", message is null ? -1 : message.BodyOf(octets).Length);
    }

    private void WriteCookies(ReadOnlySpan<byte> value, char separator)
    {
        _json.WriteStartArray("cookies");
        foreach (var cookie in Encoding.Latin1.GetString(value).Split(separator, StringSplitOptions.TrimEntries))
        {
            var equals = cookie.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
            {
                var end = separator == ';' ? -1 : cookie.IndexOf(';', StringComparison.Ordinal);
                WritePair(cookie[..equals], end < equals ? cookie[(equals + 1)..] : cookie[(equals + 1)..end]);
            }
        }

        _json.WriteEndArray();
    }

    private void WriteQuery(string target)
    {
        _json.WriteStartArray("queryString");
        var question = target.IndexOf('?', StringComparison.Ordinal);
        foreach (var pair in question < 0 ? [] : target[(question + 1)..].Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = pair.Split('=', 2);
            WritePair(Uri.UnescapeDataString(parts[0]), parts.Length > 1 ? Uri.UnescapeDataString(parts[1]) : "");
        }

        _json.WriteEndArray();
    }

    private void WritePair(string name, string value)
    {
        _json.WriteStartObject();
        _json.WriteString("name", name);
        _json.WriteString("value", value);
        _json.WriteEndObject();
    }
}

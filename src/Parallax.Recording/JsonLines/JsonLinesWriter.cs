using System.Buffers;
using System.Text.Json;
using Parallax.Recording.Entries;
using Parallax.Wire.Http1;

namespace Parallax.Recording.JsonLines;

/// <summary>Writes JSON lines, one object an exchange, for databases: flat, with the same properties in each line. Content is written
/// without chunk framing and content coding; where the octets of a message cannot be made of that again, they stand beside it.</summary>
/// <remarks>Thread safety: none.</remarks>
public sealed class JsonLinesWriter : IRecordingWriter
{
    /// <summary>The version of the lines' form: another number means that a property has another meaning or is gone.</summary>
    public const int Schema = 1;

    private const int BufferBytes = 1 << 18;

    private readonly Stream _stream;
    private readonly ArrayBufferWriter<byte> _buffer = new(BufferBytes);
    private readonly Utf8JsonWriter _json;
    private readonly RecordedMessage _message = new();
    private readonly FlatMessage _request = new(MessageKind.Request);
    private readonly FlatMessage _response = new(MessageKind.Response);
    private readonly ArrayBufferWriter<byte> _head = new();

    /// <summary>Prepares writing.</summary>
    /// <param name="stream">Where to; disposed of with the writer.</param>
    public JsonLinesWriter(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        _stream = stream;
        _json = new(_buffer, JsonText.Options);
    }

    /// <inheritdoc/>
    public bool TryWrite(in RecordedEntry entry)
    {
        Write("exchange", entry);
        return true;
    }

    /// <summary>Writes a request whose exchange is not over: the same properties, those of the response without a value.</summary>
    public void WriteRequest(in RecordedEntry entry) => Write("request", entry);

    private void Write(string kind, in RecordedEntry entry)
    {
        var facts = entry.Facts;
        _json.Reset();
        _json.WriteStartObject();
        _json.WriteNumber("schema", Schema);
        _json.WriteString("kind", kind);
        _json.WriteNumber("id", facts.Id);
        _json.WriteNumber("session", facts.Session);
        _json.WriteNumber("sequence", facts.SequenceInSession);
        _json.WriteString("label", JsonText.Latin1(entry.Label));
        _json.WriteString("time", facts.Begin.ToText());
        _json.WriteNumber("requestFirst", facts.RequestFirst.Nanoseconds);
        _json.WriteNumber("requestLast", facts.RequestLast.Nanoseconds);
        _json.WriteNumber("responseFirst", facts.ResponseFirst.Nanoseconds);
        _json.WriteNumber("responseLast", facts.ResponseLast.Nanoseconds);
        _json.WriteString("client", facts.Client == default ? null : facts.Client.ToString());
        _json.WriteString("server", facts.Server == default ? null : facts.Server.ToString());
        _json.WriteNumber("vni", facts.Vni);
        JsonText.WriteFlags(_json, "flags", facts.Flags);
        JsonText.WriteFlags(_json, "marks", facts.Marks);
        _json.WriteString("mirror", JsonText.Latin1(entry.Mirror));
        WriteRequestParts(entry);
        WriteResponse(entry.HasResponse, entry.Response);
        WriteShadows(entry.Shadows);
        _json.WriteEndObject();
        _json.Flush();
        _buffer.Write("\n"u8);
        if (_buffer.WrittenCount >= BufferBytes)
        {
            Flush();
        }
    }

    /// <inheritdoc/>
    public void Finish() => Flush();

    /// <summary>Closes the file as it is.</summary>
    public void Dispose()
    {
        _json.Dispose();
        _stream.Dispose();
    }

    private void WriteRequestParts(in RecordedEntry entry)
    {
        var octets = entry.Request;
        var isRead = entry.HasRequest && _message.TryRead(MessageKind.Request, octets);
        var head = _message.Head;
        WriteText("method", isRead ? head.Method.Of(octets) : default, isRead);
        WriteText("target", isRead ? head.Target.Of(octets) : default, isRead);
        WriteText("host", isRead ? head.Host.Of(octets) : default, isRead);
        WriteMessage("request", _request, entry.HasRequest, isRead, octets);
    }

    private void WriteResponse(bool isThere, ReadOnlySpan<byte> octets)
    {
        var isRead = isThere && _message.TryRead(MessageKind.Response, octets);
        if (isRead)
        {
            _json.WriteNumber("status", _message.Head.StatusCode);
        }
        else
        {
            _json.WriteNull("status");
        }

        WriteText("reason", isRead ? _message.Head.Reason.Of(octets) : default, isRead);
        WriteMessage("response", _response, isThere, isRead, octets);
    }

    private void WriteMessage(string prefix, FlatMessage flat, bool isThere, bool isRead, ReadOnlySpan<byte> octets)
    {
        WriteText(prefix + "Version", _message.Head.VersionMinor == 0 ? "HTTP/1.0"u8 : "HTTP/1.1"u8, isRead);
        _json.WriteNumber(prefix + "Octets", octets.Length);
        _json.WriteStartArray(prefix + "Headers");
        for (var field = 0; isRead && field < _message.Head.FieldCount; field++)
        {
            _json.WriteStartArray();
            _json.WriteStringValue(JsonText.Latin1(_message.Head[field].Name.Of(octets)));
            _json.WriteStringValue(JsonText.Latin1(_message.Head[field].Value.Of(octets)));
            _json.WriteEndArray();
        }

        _json.WriteEndArray();
        var content = isRead ? ContentOf(_message, octets) : octets;
        var isText = JsonText.WriteOctets(_json, prefix + "Body", prefix + "BodyBase64", content);
        _json.WriteNull(prefix + (isText ? "BodyBase64" : "Body"));
        if (isThere && !(isRead ? IsMadeOf(flat, octets, content) : !octets.IsEmpty))
        {
            _json.WriteBase64String(prefix + "Raw", octets);
        }
        else
        {
            _json.WriteNull(prefix + "Raw");
        }
    }

    /// <summary>The content as lines have it: as it is where it cannot be decoded.</summary>
    internal static ReadOnlySpan<byte> ContentOf(RecordedMessage message, ReadOnlySpan<byte> octets) =>
        message.TryDecode(octets, out var content) ? content : message.ContentOf(octets);

    // True when a reader makes the same octets of the other properties.
    private bool IsMadeOf(FlatMessage flat, ReadOnlySpan<byte> octets, ReadOnlySpan<byte> content)
    {
        flat.Take(_message, octets);
        _head.ResetWrittenCount();
        flat.WriteHead(_head, content.Length);
        return flat.IsCarried && octets.Length == _head.WrittenCount + content.Length && octets.StartsWith(_head.WrittenSpan)
            && octets[_head.WrittenCount..].SequenceEqual(content);
    }

    private void WriteShadows(RecordedShadows shadows)
    {
        _json.WriteStartArray("shadows");
        foreach (var shadow in shadows)
        {
            _json.WriteStartObject();
            _json.WriteString("mirror", JsonText.Latin1(shadow.Mirror));
            _json.WriteString("failure", shadow.Failure == 0 ? null : ShadowFailures.NameOf(shadow.Failure));
            _json.WriteNumber("sent", shadow.Sent.Nanoseconds);
            _json.WriteNumber("last", shadow.Last.Nanoseconds);
            WriteResponse(!shadow.Response.IsEmpty, shadow.Response);
            _json.WriteEndObject();
        }

        _json.WriteEndArray();
    }

    private void WriteText(string name, ReadOnlySpan<byte> octets, bool isKnown)
    {
        if (isKnown)
        {
            _json.WriteString(name, JsonText.Latin1(octets));
        }
        else
        {
            _json.WriteNull(name);
        }
    }

    private void Flush()
    {
        _stream.Write(_buffer.WrittenSpan);
        _buffer.ResetWrittenCount();
    }
}

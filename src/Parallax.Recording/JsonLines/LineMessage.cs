using System.Buffers;
using System.Text.Json;
using Parallax.Recording.Entries;
using Parallax.Wire.Http1;

namespace Parallax.Recording.JsonLines;

/// <summary>A message of a line that is read: its properties, and the octets made of them.</summary>
/// <remarks>Reusable. Thread safety: none.</remarks>
internal sealed class LineMessage
{
    private const int LargestStatus = 999;

    private readonly string _prefix;
    private readonly LineProperties _properties;
    private readonly LineValues _values;
    private readonly FlatMessage _flat;
    private readonly RecordedMessage _message = new();
    private readonly ArrayBufferWriter<byte> _raw = new();
    private readonly ArrayBufferWriter<byte> _made = new();
    private bool _hasRaw;

    /// <summary>Prepares reading.</summary>
    /// <param name="kind">Request or response.</param>
    /// <param name="values">Reads the values.</param>
    public LineMessage(MessageKind kind, LineValues values)
    {
        _prefix = kind == MessageKind.Request ? "request" : "response";
        string[] start = kind == MessageKind.Request ? ["method", "target"] : ["status", "reason"];
        _properties = new(
            [.. start, .. ((string[])["Version", "Headers", "Body", "BodyBase64", "Raw"]).Select(name => _prefix + name)]);
        _flat = new(kind);
        _values = values;
    }

    /// <summary>What came of the properties.</summary>
    internal enum Making
    {
        /// <summary>There is no such message.</summary>
        None,

        /// <summary>There are octets.</summary>
        Made,

        /// <summary>HTTP/1 cannot carry what stands there.</summary>
        NotCarried,
    }

    /// <summary>True when its fields were there.</summary>
    public bool HasHeaders { get; private set; }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        _flat.Clear();
        _raw.ResetWrittenCount();
        _hasRaw = HasHeaders = false;
    }

    /// <summary>Reads a property of the message.</summary>
    /// <param name="reader">Stands on the name; afterwards on the end of the value.</param>
    /// <param name="expected">The place of the property that comes next, to begin with 0.</param>
    /// <returns>-1 when it is none of the message; otherwise its place.</returns>
    public int TryRead(ref Utf8JsonReader reader, ref int expected)
    {
        var place = _properties.Find(reader, expected);
        if (place >= 0)
        {
            expected = place + 1;
            reader.Read();
            Read(ref reader, place);
        }

        return place;
    }

    /// <summary>Makes the octets.</summary>
    /// <param name="octets">Valid until the next call of a method.</param>
    /// <exception cref="JsonException">The line says two things of the message.</exception>
    public Making Make(out ReadOnlySpan<byte> octets)
    {
        var content = _flat.Content.WrittenSpan;
        octets = _hasRaw ? _raw.WrittenSpan : content;
        if (_hasRaw || !_flat.HasHead)
        {
            return _hasRaw || !octets.IsEmpty ? AsItIs(octets, content) : Making.None;
        }

        if (!_flat.IsCarried)
        {
            return Making.NotCarried;
        }

        _made.ResetWrittenCount();
        _flat.WriteHead(_made, content.Length);
        _made.Write(content);
        octets = _made.WrittenSpan;
        return Making.Made;
    }

    // What people and rules see of a line is what is sent.
    private Making AsItIs(ReadOnlySpan<byte> octets, ReadOnlySpan<byte> content)
    {
        var isRead = _message.TryRead(_flat.Kind, octets);
        var isSame = isRead
            ? _flat.IsHeadOf(_message, octets) && JsonLinesWriter.ContentOf(_message, octets).SequenceEqual(content)
            : !_flat.HasHead && _flat.FieldCount == 0 && octets.SequenceEqual(content);
        return isSame ? Making.Made : throw new JsonException(_hasRaw
            ? $"{_prefix}Raw must be the message that the other properties tell of; leave it out when they were changed"
            : $"{_properties[0]} is missing, though {_prefix}Body begins with the head of a message");
    }

    private void Read(ref Utf8JsonReader reader, int place)
    {
        var name = _properties[place];
        switch (place)
        {
            case 0 when _flat.Kind == MessageKind.Response:
                if (LineValues.NumberOrNull(ref reader, name, 0, LargestStatus) is { } status)
                {
                    _flat.SetStatus(status);
                }

                break;
            case 0 when _values.TryLatin1(ref reader, name, out var method):
                _flat.SetMethod(method);
                break;
            case 1 when _values.TryLatin1(ref reader, name, out var text):
                _flat.SetText(text);
                break;
            case 2:
                _flat.VersionMinor = LineValues.TextOrNull(ref reader, name) switch
                {
                    "HTTP/1.0" => 0,
                    "HTTP/1.1" or null => 1,
                    _ => throw LineValues.Wrong(name, "HTTP/1.0, HTTP/1.1 or null"),
                };
                break;
            case 3:
                HasHeaders = true;
                ReadFields(ref reader, name);
                break;
            case 4:
                LineValues.TryAppendText(ref reader, name, EmptyContent(name, reader.TokenType));
                break;
            case 5:
                LineValues.TryAppendBase64(ref reader, name, EmptyContent(name, reader.TokenType));
                break;
            case 6:
                _hasRaw = LineValues.TryAppendBase64(ref reader, name, _raw);
                break;
            default:
                break;
        }
    }

    private ArrayBufferWriter<byte> EmptyContent(string name, JsonTokenType type) => _flat.Content.WrittenCount == 0
        || type == JsonTokenType.Null ? _flat.Content : throw LineValues.Wrong(name, "null, as the content stands there already");

    private void ReadFields(ref Utf8JsonReader reader, string name)
    {
        const string Right = "an array of arrays of a name and a value";
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw LineValues.Wrong(name, Right);
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.StartArray)
        {
            var field = _flat.Keep(Text(ref reader));
            _flat.Add(field, Text(ref reader));
            if (!reader.Read() || reader.TokenType != JsonTokenType.EndArray)
            {
                throw LineValues.Wrong(name, Right);
            }
        }

        if (reader.TokenType != JsonTokenType.EndArray)
        {
            throw LineValues.Wrong(name, Right);
        }

        ReadOnlySpan<byte> Text(ref Utf8JsonReader reader) =>
            reader.Read() && reader.TokenType == JsonTokenType.String && _values.TryLatin1(ref reader, name, out var text)
                ? text
                : throw LineValues.Wrong(name, Right);
    }
}

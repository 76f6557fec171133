using System.Buffers;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Parallax.Wire.Http1;

namespace Parallax.Traffic.Recording;

/// <summary>Replaces the secrets of one message and keeps its framing right.</summary>
/// <remarks>Thread safety: none.</remarks>
internal sealed class MessageRedaction(SecretMarks marks, HashSet<string> keptFields)
{
    private readonly RecordedMessage _message = new();
    private readonly TextRedaction _text = new(marks);
    private readonly ContentRedaction _body = new(new(marks));
    private readonly ArrayBufferWriter<byte> _content = new();
    private readonly ArrayBufferWriter<byte> _output = new();
    private readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> _kept = keptFields.GetAlternateLookup<ReadOnlySpan<char>>();
    private byte[] _recoded = [];

    private enum BodyOutcome
    {
        AsItWas,
        Rewritten,
        Withheld,
    }

    /// <summary>True when the last message was changed.</summary>
    public bool IsChanged { get; private set; }

    /// <summary>True when the last message's body could not be looked into.</summary>
    public bool IsWithheld { get; private set; }

    /// <summary>Replaces the secrets of a message.</summary>
    /// <param name="kind">Request or response.</param>
    /// <param name="octets">As on the wire.</param>
    /// <returns>The message without secrets, perhaps the same octets; valid until the next call.</returns>
    public ReadOnlySpan<byte> Redact(MessageKind kind, ReadOnlySpan<byte> octets)
    {
        (IsChanged, IsWithheld) = (false, false);
        _output.ResetWrittenCount();
        if (octets.IsEmpty)
        {
            return octets;
        }

        if (!_message.TryRead(kind, octets))
        {
            IsChanged = IsWithheld = true;
            marks.Append(_output, "unreadable"u8, octets);
            return _output.WrittenSpan;
        }

        var body = RedactBody(octets, out var content);
        IsWithheld = body == BodyOutcome.Withheld;
        IsChanged = body != BodyOutcome.AsItWas;
        WriteHead(kind, octets, body, content.Length);
        if (body == BodyOutcome.AsItWas)
        {
            _output.Write(_message.BodyOf(octets));
        }
        else
        {
            WriteBody(content, _message.Head.IsChunked);
        }

        return IsChanged ? _output.WrittenSpan : octets;
    }

    private void WriteHead(MessageKind kind, ReadOnlySpan<byte> octets, BodyOutcome body, int contentLength)
    {
        var head = _message.Head;
        var copied = 0;
        if (kind == MessageKind.Request)
        {
            _output.Write(octets[..head.Target.Start]);
            IsChanged |= _text.Url(head.Target.Of(octets), _output);
            copied = head.Target.End;
        }

        for (var field = 0; field < head.FieldCount; field++)
        {
            var (name, value) = head[field];
            _output.Write(octets[copied..value.Start]);
            copied = value.End;
            if (body != BodyOutcome.AsItWas && Is(name.Of(octets), "content-length"u8))
            {
                _output.Write(Encoding.ASCII.GetBytes(contentLength.ToString(CultureInfo.InvariantCulture)));
            }
            else if (body == BodyOutcome.Withheld && Is(name.Of(octets), "content-encoding"u8))
            {
                _output.Write("identity"u8);
            }
            else
            {
                IsChanged |= WriteValue(name.Of(octets), value.Of(octets));
            }
        }

        // Octets behind the last value are line ends; a head that was cut off may hold more than its fields tell.
        _output.Write(octets[copied..head.Length]);
    }

    private bool WriteValue(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        var treatment = SecretNames.OfField(name);
        return treatment switch
        {
            FieldTreatment.Scan => _text.Text(value, _output),
            FieldTreatment.ScanUrl => _text.Url(value, _output),
            FieldTreatment.Credentials => _text.Credentials(value, _output),
            FieldTreatment.Cookies => _text.Cookies(value, _output),
            FieldTreatment.SetCookie => _text.SetCookie(value, _output),
            _ when IsKept(name) => _text.Text(value, _output),
            _ => _text.Whole(value, _output, "header"u8),
        };
    }

    private bool IsKept(ReadOnlySpan<byte> name)
    {
        Span<char> text = stackalloc char[64];
        return name.Length <= text.Length && _kept.Contains(text[..Encoding.Latin1.GetChars(name, text)]);
    }

    private BodyOutcome RedactBody(ReadOnlySpan<byte> octets, out ReadOnlySpan<byte> content)
    {
        content = _message.ContentOf(octets);
        if (content.IsEmpty || ContentRedaction.IsHarmless(_message.ValueOf(octets, "content-type"u8)))
        {
            return BodyOutcome.AsItWas;
        }

        _content.ResetWrittenCount();
        try
        {
            if (!_message.TryDecode(octets, out var decoded))
            {
                return Withhold(ref content);
            }

            // Trailers can only be left out by writing the body anew.
            if (!_body.Redact(_message.ValueOf(octets, "content-type"u8), decoded, _content) && !_message.HasTrailers)
            {
                return BodyOutcome.AsItWas;
            }

            content = Recode(_content.WrittenSpan);
            return BodyOutcome.Rewritten;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            return Withhold(ref content);
        }
    }

    /// <summary>Only length and hash stay.</summary>
    private BodyOutcome Withhold(ref ReadOnlySpan<byte> content)
    {
        _content.ResetWrittenCount();
        marks.Append(_content, Encoding.ASCII.GetBytes($"withheld-{content.Length.ToString(CultureInfo.InvariantCulture)}"), content);
        content = _content.WrittenSpan;
        return BodyOutcome.Withheld;
    }

    private ReadOnlySpan<byte> Recode(ReadOnlySpan<byte> content)
    {
        if (_message.Coding == ContentCoding.None)
        {
            return content;
        }

        var coded = new MemoryStream();
        using (Stream coder = _message.Coding switch
        {
            ContentCoding.Gzip => new GZipStream(coded, CompressionLevel.Fastest, leaveOpen: true),
            ContentCoding.Brotli => new BrotliStream(coded, CompressionLevel.Fastest, leaveOpen: true),
            _ => new ZLibStream(coded, CompressionLevel.Fastest, leaveOpen: true),
        })
        {
            coder.Write(content);
        }

        _recoded = coded.ToArray();
        return _recoded;
    }

    /// <summary>A chunked body becomes one chunk; its trailers are left out, since nobody looked at them.</summary>
    private void WriteBody(ReadOnlySpan<byte> content, bool isChunked)
    {
        if (isChunked)
        {
            _output.Write(Encoding.ASCII.GetBytes($"{content.Length.ToString("x", CultureInfo.InvariantCulture)}\r\n"));
        }

        _output.Write(content);
        if (isChunked)
        {
            _output.Write(_message.IsWhole ? "\r\n0\r\n\r\n"u8 : "\r\n"u8);
        }
    }

    private static bool Is(ReadOnlySpan<byte> name, ReadOnlySpan<byte> other) => Ascii.EqualsIgnoreCase(name, other);
}

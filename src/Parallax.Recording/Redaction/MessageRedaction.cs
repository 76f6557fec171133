using System.Buffers;
using System.Globalization;
using System.Text;
using Parallax.Recording.Entries;
using Parallax.Traffic.Redaction;
using Parallax.Wire.Http1;

namespace Parallax.Recording.Redaction;

/// <summary>Replaces the secrets of one message and keeps its framing right.</summary>
/// <remarks>Thread safety: none.</remarks>
internal sealed class MessageRedaction
{
    private readonly SecretMarks _marks;
    private readonly WithheldCounters _withheld;
    private readonly ValueRule _rule;
    private readonly HeadSecrets _headSecrets;
    private readonly BodyRedaction _body;
    private readonly RecordedMessage _message = new();
    private readonly FoundSecrets _inHead = new();
    private readonly ArrayBufferWriter<byte> _output = new();

    /// <summary>For messages one after the other.</summary>
    /// <param name="marks">Makes the marks.</param>
    /// <param name="keptFields">Names of fields whose values are harmless besides those that are known to be.</param>
    /// <param name="keepsOpaque">True when content that is not text stays as it is.</param>
    /// <param name="withheld">Counts what cannot be looked into.</param>
    public MessageRedaction(SecretMarks marks, HashSet<string> keptFields, bool keepsOpaque, WithheldCounters withheld)
    {
        _marks = marks;
        _withheld = withheld;
        _rule = new(keepsOpaque);
        _headSecrets = new(_rule, keptFields);
        _body = new(_rule, marks, keepsOpaque, withheld);
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
        if (octets.IsEmpty || SecretMarks.IsMark(octets))
        {
            return octets;
        }

        if (!_message.TryRead(kind, octets))
        {
            IsChanged = IsWithheld = true;
            _withheld.Count(WithheldReason.Unreadable);
            _marks.Append(_output, "unreadable"u8, octets);
            return _output.WrittenSpan;
        }

        _inHead.Clear();
        _rule.Begin(_message.Head.Length);
        _headSecrets.Find(_message.Head, octets, _inHead);
        var body = _body.Redact(_message, octets, out var content);
        IsWithheld = body == BodyOutcome.Withheld;
        IsChanged = body != BodyOutcome.AsItWas || _inHead.Count > 0;
        if (!IsChanged)
        {
            return octets;
        }

        if (body != BodyOutcome.AsItWas)
        {
            SetFraming(octets, body, content.Length);
        }

        _inHead.Write(octets[.._message.Head.Length], _marks, _output);
        if (body == BodyOutcome.AsItWas)
        {
            _output.Write(_message.BodyOf(octets));
        }
        else
        {
            // Where a line that no field can be ended the head, another one stands now.
            _output.Write(EndsWithEmptyLine(octets[.._message.Head.Length]) ? default : "\r\n"u8);
            WriteBody(content, _message.Head.IsChunked);
        }

        return _output.WrittenSpan;
    }

    private static bool EndsWithEmptyLine(ReadOnlySpan<byte> head)
    {
        var rest = head.EndsWith("\r\n"u8) ? head[..^2] : head[..^1];
        return rest is [.., (byte)'\r' or (byte)'\n'];
    }

    private void SetFraming(ReadOnlySpan<byte> octets, BodyOutcome body, int contentLength)
    {
        for (var field = 0; field < _message.Head.FieldCount; field++)
        {
            var (name, value) = _message.Head[field];
            if (Ascii.EqualsIgnoreCase(name.Of(octets), "content-length"u8))
            {
                _inHead.Replace(value, Encoding.ASCII.GetBytes(contentLength.ToString(CultureInfo.InvariantCulture)));
            }
            else if (body == BodyOutcome.Withheld && Ascii.EqualsIgnoreCase(name.Of(octets), "content-encoding"u8))
            {
                _inHead.Replace(value, "identity"u8.ToArray());
            }
        }
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
}

using System.Buffers;
using System.Globalization;
using System.Text;
using Parallax.Recording.Entries;
using Parallax.Wire.Http1;

namespace Parallax.Recording.JsonLines;

/// <summary>A message as a line tells it: start line, fields and content, without chunk framing and content coding.</summary>
/// <remarks>Reusable. One rule makes octets of it. Where that gives other octets than those recorded, the line holds these, too.
/// Thread safety: none.</remarks>
internal sealed class FlatMessage(MessageKind kind)
{
    private readonly ArrayBufferWriter<byte> _text = new();
    private readonly ArrayBufferWriter<byte> _content = new();
    private readonly List<HeaderField> _fields = [];
    private OctetRange _method;
    private OctetRange _target;
    private OctetRange _reason;

    /// <summary>Request or response.</summary>
    public MessageKind Kind => kind;

    /// <summary>True when the line has a method, a status: without, the content is all that there is of the message.</summary>
    public bool HasHead { get; private set; }

    /// <summary>The status of a response.</summary>
    public int Status { get; private set; }

    /// <summary>0 for HTTP/1.0, 1 for HTTP/1.1.</summary>
    public int VersionMinor { get; set; }

    /// <summary>The content, to be written to.</summary>
    public ArrayBufferWriter<byte> Content => _content;

    /// <summary>How many fields there are.</summary>
    public int FieldCount => _fields.Count;

    /// <summary>False when something in it ends a line, or a part of it, where none ends: such octets would be read as another message
    /// than the line tells of.</summary>
    public bool IsCarried
    {
        get
        {
            var isCarried = !EndsLine(_target) && !EndsLine(_reason)
                && (kind == MessageKind.Response || !(_method.IsEmpty || Of(_method).ContainsAny(" \t"u8) || EndsLine(_method)));
            foreach (var (name, value) in _fields)
            {
                isCarried &= !name.IsEmpty && !Of(name).Contains((byte)':') && Of(name)[0] is not ((byte)' ' or (byte)'\t')
                    && !EndsLine(name) && !EndsLine(value);
            }

            return isCarried;
        }
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        _text.ResetWrittenCount();
        _content.ResetWrittenCount();
        _fields.Clear();
        _method = _target = _reason = default;
        (HasHead, Status, VersionMinor) = (false, 0, 1);
    }

    /// <summary>Sets the method; there is a head then.</summary>
    public void SetMethod(ReadOnlySpan<byte> method) => (_method, HasHead) = (Keep(method), true);

    /// <summary>Sets the target of a request, the reason phrase of a response.</summary>
    public void SetText(ReadOnlySpan<byte> text) => (kind == MessageKind.Request ? ref _target : ref _reason) = Keep(text);

    /// <summary>Sets the status; there is a head then.</summary>
    public void SetStatus(int status) => (Status, HasHead) = (status, true);

    /// <summary>Keeps the name of a field.</summary>
    public OctetRange Keep(ReadOnlySpan<byte> octets)
    {
        var start = _text.WrittenCount;
        _text.Write(octets);
        return new(start, octets.Length);
    }

    /// <summary>Adds a field.</summary>
    public void Add(OctetRange name, ReadOnlySpan<byte> value) => _fields.Add(new(name, Keep(value)));

    /// <summary>Takes over the head of a message, not its content.</summary>
    /// <param name="message">Has read it.</param>
    /// <param name="octets">The message.</param>
    public void Take(RecordedMessage message, ReadOnlySpan<byte> octets)
    {
        Clear();
        var head = message.Head;
        (HasHead, Status, VersionMinor) = (true, head.StatusCode, head.VersionMinor);
        (_method, _target, _reason) = (Keep(head.Method.Of(octets)), Keep(head.Target.Of(octets)), Keep(head.Reason.Of(octets)));
        for (var field = 0; field < head.FieldCount; field++)
        {
            Add(Keep(head[field].Name.Of(octets)), head[field].Value.Of(octets));
        }
    }

    /// <summary>True when a message has this head.</summary>
    public bool IsHeadOf(RecordedMessage message, ReadOnlySpan<byte> octets)
    {
        var head = message.Head;
        var isSame = HasHead && Status == head.StatusCode && VersionMinor == head.VersionMinor && _fields.Count == head.FieldCount
            && Of(_method).SequenceEqual(head.Method.Of(octets)) && Of(_target).SequenceEqual(head.Target.Of(octets))
            && Of(_reason).SequenceEqual(head.Reason.Of(octets));
        for (var field = 0; isSame && field < head.FieldCount; field++)
        {
            isSame = Of(_fields[field].Name).SequenceEqual(head[field].Name.Of(octets))
                && Of(_fields[field].Value).SequenceEqual(head[field].Value.Of(octets));
        }

        return isSame;
    }

    /// <summary>Writes the head that stands before content of a length: the length is set, and what tells of framing or coding is left out,
    /// since the content has none. A response without content keeps these fields, as that to a HEAD request has them.</summary>
    /// <param name="to">Where to.</param>
    /// <param name="contentLength">The octets of the content.</param>
    public void WriteHead(IBufferWriter<byte> to, int contentLength)
    {
        WriteStartLine(to);
        var setsLength = kind == MessageKind.Request || contentLength > 0;
        var length = Encoding.ASCII.GetBytes(contentLength.ToString(CultureInfo.InvariantCulture));
        var (hasLength, wasFramed) = (false, false);
        foreach (var field in _fields)
        {
            var name = Of(field.Name);
            var isLength = Ascii.EqualsIgnoreCase(name, "content-length"u8);
            var isFraming = Ascii.EqualsIgnoreCase(name, "transfer-encoding"u8);
            hasLength |= isLength;
            wasFramed |= isFraming;
            if (setsLength && (isFraming || (contentLength > 0 && Ascii.EqualsIgnoreCase(name, "content-encoding"u8))))
            {
                continue;
            }

            WriteField(to, name, setsLength && isLength ? length : Of(field.Value));
        }

        // A response without length ends with its connection.
        if (!hasLength && contentLength > 0 && (wasFramed || kind == MessageKind.Request))
        {
            WriteField(to, "Content-Length"u8, length);
        }

        to.Write("\r\n"u8);
    }

    private static void WriteField(IBufferWriter<byte> to, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        to.Write(name);
        to.Write(": "u8);
        to.Write(value);
        to.Write("\r\n"u8);
    }

    private void WriteStartLine(IBufferWriter<byte> to)
    {
        var version = VersionMinor == 0 ? "HTTP/1.0"u8 : "HTTP/1.1"u8;
        if (kind == MessageKind.Request)
        {
            to.Write(Of(_method));
            to.Write(" "u8);
            to.Write(Of(_target));
            to.Write(" "u8);
            to.Write(version);
        }
        else
        {
            to.Write(version);
            to.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $" {Status:000} ")));
            to.Write(Of(_reason));
        }

        to.Write("\r\n"u8);
    }

    private ReadOnlySpan<byte> Of(OctetRange range) => range.Of(_text.WrittenSpan);

    private bool EndsLine(OctetRange range) => Of(range).ContainsAny("\r\n\0"u8);
}

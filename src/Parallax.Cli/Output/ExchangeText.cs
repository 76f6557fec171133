using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Unicode;
using Parallax.Recording.Entries;
using Parallax.Runs.Running;
using Parallax.Traffic.Exchanges;
using Parallax.Wire.Http1;

namespace Parallax.Cli.Output;

/// <summary>Which bodies are shown.</summary>
internal enum ShownBodies : byte
{
    /// <summary>None, only heads.</summary>
    None,

    /// <summary>The request's.</summary>
    Request,

    /// <summary>The response's.</summary>
    Response,

    /// <summary>Both.</summary>
    Both,
}

/// <summary>An exchange as text for people: a line that says what it is, then the request and the response. What a terminal would obey is
/// replaced.</summary>
/// <remarks>Thread safety: none.</remarks>
internal sealed class ExchangeText(ShownBodies bodies, bool hasColours)
{
    private const int ShownBodyBytes = 2_000;

    private static readonly SearchValues<byte> Unprintable = SearchValues.Create(
        [.. Enumerable.Range(0, 256).Where(octet => octet is < 0x20 and not (9 or 10 or 13) or 0x7F).Select(octet => (byte)octet)]);

    private readonly RecordedMessage _message = new();
    private readonly StringBuilder _text = new();

    /// <summary>The text, with a blank line at its end.</summary>
    /// <param name="entry">The exchange.</param>
    /// <param name="isOver">False when its response may still come.</param>
    public string Of(in RecordedEntry entry, bool isOver)
    {
        _text.Clear();
        AppendTitle(entry, isOver);
        if (entry.HasRequest)
        {
            AppendMessage(MessageKind.Request, entry.Request, bodies is ShownBodies.Request or ShownBodies.Both);
        }

        if (entry.HasResponse)
        {
            AppendMessage(MessageKind.Response, entry.Response, bodies is ShownBodies.Response or ShownBodies.Both);
        }

        return _text.ToString();
    }

    //  # 264 02:58:04.085 POST /orders → 500 in 0.36 ms, from 10.0.0.1:40000
    private void AppendTitle(in RecordedEntry entry, bool isOver)
    {
        var facts = entry.Facts;
        Colour("1");
        _text.Append(CultureInfo.InvariantCulture, $"# {facts.Id} {facts.Begin.ToDateTimeOffset():HH:mm:ss.fff} ");
        if (entry.HasRequest && _message.TryRead(MessageKind.Request, entry.Request))
        {
            AppendPrintable(_message.Head.Method.Of(entry.Request));
            _text.Append(' ');
            AppendPrintable(_message.Head.Target.Of(entry.Request));
        }
        else
        {
            _text.Append("(request not seen)");
        }

        _text.Append(" → ");
        if (entry.HasResponse && _message.TryRead(MessageKind.Response, entry.Response))
        {
            var status = _message.Head.StatusCode;
            Colour(status switch { < 300 => "1;32", < 400 => "1;36", < 500 => "1;33", _ => "1;31" });
            _text.Append(CultureInfo.InvariantCulture, $"{status}");
            Colour("0;1");
        }
        else
        {
            _text.Append(isOver ? "no response" : "no response yet");
        }

        if (facts is { RequestLast.IsKnown: true, ResponseLast.IsKnown: true })
        {
            _text.Append(" in ").Append(NumberText.Time(Math.Max(0, facts.ResponseLast.Since(facts.RequestLast))));
        }

        _text.Append(", from ").Append(facts.Client).Append(MarksOf(facts.Flags));
        Colour("0");
        _text.Append('\n');
    }

    private static string MarksOf(ExchangeFlags flags) =>
        (flags.HasFlag(ExchangeFlags.RequestIncomplete) ? ", request incomplete" : "")
        + (flags.HasFlag(ExchangeFlags.RequestTruncated) ? ", request truncated" : "")
        + (flags.HasFlag(ExchangeFlags.ResponseIncomplete) ? ", response incomplete" : "")
        + (flags.HasFlag(ExchangeFlags.ResponseTruncated) ? ", response truncated" : "");

    private void AppendMessage(MessageKind kind, ReadOnlySpan<byte> octets, bool showsBody)
    {
        if (!_message.TryRead(kind, octets))
        {
            _text.Append('\n');
            return;
        }

        var head = _message.Head;
        var firstField = head.FieldCount > 0 ? head[0].Name.Start : head.Length;
        AppendPrintable(octets[..firstField].TrimEnd("\r\n"u8));
        for (var i = 0; i < head.FieldCount; i++)
        {
            _text.Append('\n');
            AppendPrintable(head[i].Name.Of(octets));
            _text.Append(": ");
            AppendPrintable(head[i].Value.Of(octets));
        }

        _text.Append("\n\n");
        if (showsBody)
        {
            var isDecoded = _message.TryDecode(octets, out var content);
            AppendBody(isDecoded ? content : _message.ContentOf(octets));
        }
    }

    private void AppendBody(ReadOnlySpan<byte> body)
    {
        if (body.IsEmpty)
        {
            return;
        }

        var shown = Encoding.UTF8.GetString(body[..Math.Min(body.Length, ShownBodyBytes)]).ReplaceLineEndings("\n");
        if (body.ContainsAny(Unprintable) || shown.Split('\n', '\t').Any(line => OneLine.Of(line) != line))
        {
            _text.Append(CultureInfo.InvariantCulture, $"[{body.Length} octets]\n\n");
            return;
        }

        _text.Append(shown);
        _text.Append(body.Length > ShownBodyBytes ? string.Create(CultureInfo.InvariantCulture, $"… [{body.Length} octets]\n\n") : "\n\n");
    }

    private void Colour(string code)
    {
        if (hasColours)
        {
            _text.Append("\x1b[").Append(code).Append('m');
        }
    }

    private void AppendPrintable(ReadOnlySpan<byte> octets)
    {
        var text = (Utf8.IsValid(octets) ? Encoding.UTF8 : Encoding.Latin1).GetString(octets);
        foreach (var character in text)
        {
            _text.Append(OneLine.IsPlain(character) || char.IsSurrogate(character) || character == '\t' ? character : '·');
        }
    }
}

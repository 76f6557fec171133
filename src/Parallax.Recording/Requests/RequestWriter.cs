using System.Globalization;
using System.Text;
using System.Text.Unicode;
using Parallax.Recording.Entries;
using Parallax.Wire.Http1;

namespace Parallax.Recording.Requests;

/// <summary>Writes the requests of a recording as text by which another program sends them again. Of the responses only the status is
/// written, in a comment. CONNECT, and what has no URL, is left out.</summary>
/// <remarks>Thread safety: none.</remarks>
/// <param name="stream">Where to; disposed of with the writer.</param>
public abstract class RequestWriter(Stream stream) : IRecordingWriter
{
    // Of the connection and of the framing: whoever sends the request again writes their own.
    private static readonly HashSet<string> Own = new(StringComparer.OrdinalIgnoreCase)
    {
        "connection", "content-length", "expect", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
    };

    private readonly RecordedMessage _request = new();
    private readonly RecordedMessage _response = new();

    /// <summary>What is written.</summary>
    protected TextWriter Output { get; } = new StreamWriter(stream, new UTF8Encoding(false), 1 << 16) { NewLine = "\n" };

    /// <inheritdoc/>
    public bool TryWrite(in RecordedEntry entry)
    {
        var octets = entry.Request;
        if (!entry.HasRequest || !_request.TryRead(MessageKind.Request, octets) || UrlOf(entry) is not { } url)
        {
            return false;
        }

        var head = _request.Head;
        var fields = new List<(string Name, string Value)>();
        for (var index = 0; index < head.FieldCount; index++)
        {
            var (name, value) = (Text(head[index].Name.Of(octets)), Text(head[index].Value.Of(octets)));
            if (!Own.Contains(name) && !(name.Equals("host", StringComparison.OrdinalIgnoreCase) && value == Text(head.Host.Of(octets))))
            {
                fields.Add((name, value));
            }
        }

        return TryWrite(TitleOf(entry), Text(head.Method.Of(octets)), url, fields, _request.ContentOf(octets));
    }

    /// <inheritdoc/>
    public void Finish() => Output.Flush();

    /// <summary>Closes the file as it is.</summary>
    public void Dispose()
    {
        Dispose(isDisposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Writes a request.</summary>
    /// <param name="title">What it is, one line.</param>
    /// <param name="method">Its method.</param>
    /// <param name="url">Its absolute URL.</param>
    /// <param name="fields">Its header fields, but for those of connection and framing and a Host that the URL has.</param>
    /// <param name="content">Its content, coding kept.</param>
    /// <returns>False when the format cannot carry it.</returns>
    private protected abstract bool TryWrite(
        string title, string method, string url, IReadOnlyList<(string Name, string Value)> fields, ReadOnlySpan<byte> content);

    /// <summary>Closes the file.</summary>
    protected virtual void Dispose(bool isDisposing) => Output.Dispose();

    private static string Text(ReadOnlySpan<byte> octets) => (Utf8.IsValid(octets) ? Encoding.UTF8 : Encoding.Latin1).GetString(octets);

    private string? UrlOf(in RecordedEntry entry)
    {
        var head = _request.Head;
        var target = Text(head.Target.Of(entry.Request));
        if (head.KnownMethod == KnownMethod.Connect || target.AsSpan().ContainsAny(" \t"))
        {
            return null;
        }

        if (!target.StartsWith('/'))
        {
            return target.Contains("://", StringComparison.Ordinal) ? target : null;
        }

        var server = entry.Facts.Server;
        var host = Text(head.Host.Of(entry.Request));
        var scheme = server.Port == 443 || host.EndsWith(":443", StringComparison.Ordinal) ? "https" : "http";
        host = host.Length > 0 ? host : server == default ? "localhost" : server.ToString();
        return $"{scheme}://{host}{target}";
    }

    // 264 2026-11-30T02:58:04.085600Z POST /orders, answered with 500
    private string TitleOf(in RecordedEntry entry)
    {
        var head = _request.Head;
        var line = $"{Text(head.Method.Of(entry.Request))} {Text(head.Target.Of(entry.Request))}";
        var time = entry.Facts.Begin.IsKnown ? entry.Facts.Begin.ToText() + " " : "";
        var status = entry.HasResponse && _response.TryRead(MessageKind.Response, entry.Response)
            ? string.Create(CultureInfo.InvariantCulture, $", answered with {_response.Head.StatusCode}")
            : ", not answered";
        var title = string.Create(CultureInfo.InvariantCulture, $"{entry.Facts.Id} {time}{line}{status}");
        return string.Concat(title.Select(letter => char.IsControl(letter) || letter is '\u2028' or '\u2029' ? ' ' : letter));
    }
}

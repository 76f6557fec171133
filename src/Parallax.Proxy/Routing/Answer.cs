using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text;
using Parallax.Traffic.Rewriting;

namespace Parallax.Proxy.Routing;

/// <summary>A response that the proxy gives itself: direct responses, redirects, preflights and errors.</summary>
/// <remarks>A stack-only view over the giver's octets.</remarks>
public readonly ref struct Answer
{
    /// <summary>The status code.</summary>
    public required int Status { get; init; }

    /// <summary>The body; empty for none. Not written for a status that has none (204, 304).</summary>
    public ReadOnlySpan<byte> Body { get; init; }

    /// <summary>True for the answer to HEAD: the body's length is written, the body is not.</summary>
    public bool IsToHead { get; init; }

    /// <summary>Whole field lines, each with its CRLF.</summary>
    public ReadOnlySpan<byte> Lines { get; init; }

    /// <summary>Value of the Connection header: <c>close</c> or <c>keep-alive</c>; empty for no such header.</summary>
    public ReadOnlySpan<byte> Connection { get; init; }

    /// <summary>Changes to headers, as for a response of an endpoint.</summary>
    public IReadOnlyList<HeaderEdit> Edits { get; init; }

    /// <summary>Writes the whole response.</summary>
    /// <remarks>A body is <c>text/plain</c> unless an edit says otherwise, as in Envoy.</remarks>
    public void Write(IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        var hasBody = Status is not (204 or 304);
        Write(output, $"HTTP/1.1 {Status} {ReasonOf(Status)}\r\n");
        output.Write(Lines);
        if (hasBody)
        {
            Write(output, $"Content-Length: {Body.Length}\r\n");
            output.Write(Body.IsEmpty || IsEdited("content-type") ? default : "Content-Type: text/plain\r\n"u8);
        }

        if (!Connection.IsEmpty)
        {
            output.Write("Connection: "u8);
            output.Write(Connection);
            output.Write("\r\n"u8);
        }

        foreach (var edit in Edits ?? [])
        {
            if (edit.Kind != HeaderEditKind.Remove)
            {
                Write(output, $"{edit.Name}: {edit.Value}\r\n");
            }
        }

        output.Write("\r\n"u8);
        output.Write(hasBody && !IsToHead ? Body : default);
    }

    /// <summary>The reason phrase of a status; empty for one that is not among those given here.</summary>
    public static string ReasonOf(int status) => (HttpStatusCode)status switch
    {
        HttpStatusCode.OK => "OK",
        HttpStatusCode.Accepted => "Accepted",
        HttpStatusCode.NoContent => "No Content",
        HttpStatusCode.MovedPermanently => "Moved Permanently",
        HttpStatusCode.Found => "Found",
        HttpStatusCode.SeeOther => "See Other",
        HttpStatusCode.TemporaryRedirect => "Temporary Redirect",
        HttpStatusCode.PermanentRedirect => "Permanent Redirect",
        HttpStatusCode.BadRequest => "Bad Request",
        HttpStatusCode.Forbidden => "Forbidden",
        HttpStatusCode.NotFound => "Not Found",
        HttpStatusCode.MethodNotAllowed => "Method Not Allowed",
        HttpStatusCode.RequestTimeout => "Request Timeout",
        HttpStatusCode.RequestEntityTooLarge => "Content Too Large",
        HttpStatusCode.RequestUriTooLong => "URI Too Long",
        HttpStatusCode.MisdirectedRequest => "Misdirected Request",
        HttpStatusCode.TooManyRequests => "Too Many Requests",
        HttpStatusCode.RequestHeaderFieldsTooLarge => "Request Header Fields Too Large",
        HttpStatusCode.InternalServerError => "Internal Server Error",
        HttpStatusCode.NotImplemented => "Not Implemented",
        HttpStatusCode.BadGateway => "Bad Gateway",
        HttpStatusCode.ServiceUnavailable => "Service Unavailable",
        HttpStatusCode.GatewayTimeout => "Gateway Timeout",
        HttpStatusCode.HttpVersionNotSupported => "HTTP Version Not Supported",
        _ => "",
    };

    private static void Write(IBufferWriter<byte> output, FormattableString text) =>
        Encoding.UTF8.GetBytes(text.ToString(CultureInfo.InvariantCulture), output);

    private bool IsEdited(string name)
    {
        foreach (var edit in Edits ?? [])
        {
            if (edit.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }
}

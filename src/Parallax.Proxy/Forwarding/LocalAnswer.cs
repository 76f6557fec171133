using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Parallax.Proxy.Forwarding;

/// <summary>Answers the proxy gives itself.</summary>
/// <remarks>Thread safety: pure functions.</remarks>
internal static class LocalAnswer
{
    private static readonly byte[]?[] StatusLines = new byte[600][];

    /// <summary>Writes an answer.</summary>
    /// <param name="client">Where to.</param>
    /// <param name="status">The status code, 200 to 599.</param>
    /// <param name="body">The body; empty for none.</param>
    /// <param name="keepsAlive">Whether another request may follow.</param>
    /// <param name="isHead">True for the answer to HEAD: the body is announced and not sent.</param>
    /// <param name="scratch">Room of the calling thread.</param>
    /// <param name="isHttp10">True when the client must be told that its connection lives on.</param>
    /// <param name="lines">Further header lines, each with its CRLF.</param>
    public static void Write(
        Parallax.Reactor.Connections.Connection client,
        int status,
        ReadOnlySpan<byte> body,
        bool keepsAlive,
        bool isHead,
        ArrayBufferWriter<byte> scratch,
        bool isHttp10 = false,
        ReadOnlySpan<byte> lines = default)
    {
        scratch.ResetWrittenCount();
        scratch.Write(StatusLine(status));
        scratch.Write(lines);
        if (status is not (204 or 304))
        {
            WriteLength(body.Length, scratch);
        }

        scratch.Write(!keepsAlive ? "connection: close\r\n\r\n"u8 : isHttp10 ? "connection: keep-alive\r\n\r\n"u8 : "\r\n"u8);
        if (!isHead)
        {
            scratch.Write(body);
        }

        client.Write(scratch.WrittenSpan);
    }

    /// <summary>The reason phrase of a status code; empty for one that has none.</summary>
    public static string ReasonOf(int status) => status switch
    {
        200 => "OK",
        204 => "No Content",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        304 => "Not Modified",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        413 => "Content Too Large",
        414 => "URI Too Long",
        418 => "I'm a teapot",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        505 => "HTTP Version Not Supported",
        _ => "",
    };

    private static void WriteLength(int length, ArrayBufferWriter<byte> scratch)
    {
        scratch.Write("content-length: "u8);
        Utf8Formatter.TryFormat(length, scratch.GetSpan(16), out var digits);
        scratch.Advance(digits);
        scratch.Write("\r\n"u8);
    }

    private static byte[] StatusLine(int status) =>
        StatusLines[status] ??= Encoding.ASCII.GetBytes($"HTTP/1.1 {status} {ReasonOf(status)}\r\n");
}

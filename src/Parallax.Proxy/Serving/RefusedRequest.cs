using System.Text.RegularExpressions;
using Parallax.Proxy.Accounts;
using Parallax.Traffic.Exchanges;
using Parallax.Wire.Http1;

namespace Parallax.Proxy.Serving;

/// <summary>Reports a request that was refused before its head was understood: to its client, and to the access log.</summary>
/// <remarks>Thread safety: belongs to the loop's thread.</remarks>
internal static partial class RefusedRequest
{
    /// <summary>The reason of a head that took too long.</summary>
    public const string HeadTimeout = "head-timeout";

    // A line that is not a request line is reported up to this length.
    private const int MaxOfALine = 1024;

    private static readonly string[] Names =
        [.. Enum.GetNames<Http1Error>().Select(name => Words().Replace(name, "-$1").ToLowerInvariant())];

    /// <summary>The name of an error in the access log; it never changes.</summary>
    public static string NameOf(Http1Error error) => Names[(int)error];

    /// <summary>Writes it to the access log.</summary>
    /// <param name="observer">The log; null when there is none.</param>
    /// <param name="client">The client's end.</param>
    /// <param name="status">What it was answered; 0 for nothing.</param>
    /// <param name="reason">Why.</param>
    /// <param name="octets">The octets from the request's first on, if they are still there; nothing but the request line is looked
    /// at.</param>
    public static void Report(
        AccessObserver? observer, Endpoint client, int status, string reason, ReadOnlySpan<byte> octets = default)
    {
        if (observer is null)
        {
            return;
        }

        var line = LineOf(octets);
        var space = line.IndexOf((byte)' ');
        var version = line.LastIndexOf(" HTTP/"u8);
        observer(new AccessEntry
        {
            Method = space > 0 ? line[..space] : [],
            Target = space > 0 ? line[(space + 1)..(version > space ? version : line.Length)] : [],
            Client = client,
            Status = status,
            Refusal = reason,
        });
    }

    /// <summary>Counts a connection that ended before there was a request on it, and writes it to the access log, with the server name
    /// it asked for; does nothing for <see cref="ConnectionRefusal.None"/>.</summary>
    public static void Report(
        ProxyCounters counters, AccessObserver? observer, Endpoint client, ConnectionRefusal reason, ReadOnlySpan<byte> name = default)
    {
        if (reason != ConnectionRefusal.None)
        {
            counters.CountRefused(reason);
            observer?.Invoke(new AccessEntry { Client = client, Refusal = ConnectionRefusals.NameOf(reason), Authority = name });
        }
    }

    /// <summary>What the client reads; never anything it sent itself.</summary>
    public static ReadOnlySpan<byte> TextOf(Http1Error error) => error switch
    {
        Http1Error.NotHttp => "this is not HTTP/1"u8,
        Http1Error.InvalidMethod => "the method is not valid"u8,
        Http1Error.InvalidTarget => "the request target is not valid"u8,
        Http1Error.TargetTooLong => "the request target is too long"u8,
        Http1Error.InvalidVersion => "the HTTP version is not valid"u8,
        Http1Error.UnsupportedVersion => "this HTTP version is not spoken here"u8,
        Http1Error.HeadTooLarge => "the header section is too large"u8,
        Http1Error.TooManyFields => "there are too many header fields"u8,
        Http1Error.BareLineFeed => "a line ends with LF alone"u8,
        Http1Error.BareCarriageReturn => "a CR stands where no line ends"u8,
        Http1Error.LeadingWhitespace => "there is whitespace before the first header field"u8,
        Http1Error.ObsoleteFold => "a header field continues on the next line"u8,
        Http1Error.MissingColon => "a header field has no colon"u8,
        Http1Error.WhitespaceBeforeColon => "there is whitespace before the colon of a header field"u8,
        Http1Error.InvalidFieldName => "a header field has no valid name"u8,
        Http1Error.InvalidFieldValue => "a header field has a value with a control character"u8,
        Http1Error.MissingHost => "there is no Host"u8,
        Http1Error.DuplicateHost => "there is more than one Host"u8,
        Http1Error.InvalidHost => "the Host is not valid"u8,
        Http1Error.BodyTooLarge => "the body is too large"u8,
        _ => TextOfFraming(error),
    };

    private static ReadOnlySpan<byte> TextOfFraming(Http1Error error) => error switch
    {
        Http1Error.InvalidContentLength => "the Content-Length is not valid"u8,
        Http1Error.ConflictingContentLengths => "there are several Content-Length values"u8,
        Http1Error.LengthAndTransferEncoding => "there are both Content-Length and Transfer-Encoding"u8,
        Http1Error.TransferEncodingInHttp10 => "there is a Transfer-Encoding in HTTP/1.0"u8,
        Http1Error.InvalidTransferEncoding => "the Transfer-Encoding is not valid"u8,
        Http1Error.UnsupportedTransferCoding => "this transfer coding is not spoken here"u8,
        Http1Error.ConnectWithBody => "a CONNECT has no body"u8,
        Http1Error.InvalidChunkSize or Http1Error.ChunkSizeOverflow => "a chunk size is not valid"u8,
        Http1Error.InvalidChunkExtension or Http1Error.ChunkLineTooLong => "the line of a chunk size is not valid"u8,
        Http1Error.InvalidChunkEnd => "a chunk does not end where it should"u8,
        Http1Error.InvalidTrailer => "a trailer field is not valid"u8,
        Http1Error.TrailersTooLarge => "the trailer section is too large"u8,
        _ => "the request is not valid"u8,
    };

    private static ReadOnlySpan<byte> LineOf(ReadOnlySpan<byte> octets)
    {
        octets = octets.TrimStart("\r\n"u8);
        var length = octets.IndexOfAny((byte)'\r', (byte)'\n');
        return octets[..Math.Min(MaxOfALine, length < 0 ? octets.Length : length)];
    }

    [GeneratedRegex("(?<=[a-z0-9])([A-Z])")]
    private static partial Regex Words();
}

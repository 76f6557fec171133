namespace Parallax.Wire.Http1;

/// <summary>What is wrong with a message. A status, never an exception; also the value of a metric's tag.</summary>
public enum Http1Error : byte
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The octets do not begin like an HTTP/1 message at all: TLS, SOCKS, HTTP/0.9, binary.</summary>
    NotHttp,

    /// <summary>The method is not a token, is longer than 32 octets or is not followed by a space.</summary>
    InvalidMethod,

    /// <summary>The target is empty, holds an octet it may not hold or has none of the four forms (RFC 9112 §3.2).</summary>
    InvalidTarget,

    /// <summary>The target is longer than <see cref="Http1Policy.MaxTargetBytes"/>.</summary>
    TargetTooLong,

    /// <summary>The start line holds no HTTP version where one must be.</summary>
    InvalidVersion,

    /// <summary>A well-formed version of another major version, such as HTTP/2.0 (the preface of HTTP/2 ends here too).</summary>
    UnsupportedVersion,

    /// <summary>The status code is not three digits from 100 to 999.</summary>
    InvalidStatusCode,

    /// <summary>The reason phrase holds a control character.</summary>
    InvalidReason,

    /// <summary>The head is larger than <see cref="Http1Policy.MaxHeadBytes"/>.</summary>
    HeadTooLarge,

    /// <summary>The head has more lines than <see cref="Http1Policy.MaxFields"/>.</summary>
    TooManyFields,

    /// <summary>A line of the head ends with LF alone.</summary>
    BareLineFeed,

    /// <summary>A CR stands where no line ends.</summary>
    BareCarriageReturn,

    /// <summary>Whitespace between the start line and the first field (RFC 9112 §2.2).</summary>
    LeadingWhitespace,

    /// <summary>A field continues on the next line (RFC 9112 §5.2).</summary>
    ObsoleteFold,

    /// <summary>A field line without a colon.</summary>
    MissingColon,

    /// <summary>Whitespace between field name and colon (RFC 9112 §5.1).</summary>
    WhitespaceBeforeColon,

    /// <summary>A field name that is empty or not a token.</summary>
    InvalidFieldName,

    /// <summary>A field value with NUL or another control character.</summary>
    InvalidFieldValue,

    /// <summary>An HTTP/1.1 request without Host.</summary>
    MissingHost,

    /// <summary>More than one Host.</summary>
    DuplicateHost,

    /// <summary>A Host that cannot be a host and port.</summary>
    InvalidHost,

    /// <summary>A Content-Length that is not just digits or does not fit into 63 bits.</summary>
    InvalidContentLength,

    /// <summary>Several Content-Length fields that differ.</summary>
    ConflictingContentLengths,

    /// <summary>Content-Length and Transfer-Encoding in one message.</summary>
    LengthAndTransferEncoding,

    /// <summary>Transfer-Encoding in an HTTP/1.0 message (RFC 9112 §6.1).</summary>
    TransferEncodingInHttp10,

    /// <summary>Transfer-Encoding is malformed, or chunked is repeated or not the last coding.</summary>
    InvalidTransferEncoding,

    /// <summary>A transfer coding other than chunked.</summary>
    UnsupportedTransferCoding,

    /// <summary>A CONNECT whose fields promise a body (RFC 9110 §9.3.6).</summary>
    ConnectWithBody,

    /// <summary>The body is larger than <see cref="Http1Policy.MaxBodyBytes"/>.</summary>
    BodyTooLarge,

    /// <summary>A chunk size that is not hexadecimal digits.</summary>
    InvalidChunkSize,

    /// <summary>A chunk size that does not fit into 63 bits.</summary>
    ChunkSizeOverflow,

    /// <summary>A malformed chunk extension, or a chunk size line that does not end with CRLF.</summary>
    InvalidChunkExtension,

    /// <summary>A chunk size line longer than <see cref="Http1Policy.MaxChunkLineBytes"/>.</summary>
    ChunkLineTooLong,

    /// <summary>Chunk data that is not followed by a line end.</summary>
    InvalidChunkEnd,

    /// <summary>A malformed line in the trailer section.</summary>
    InvalidTrailer,

    /// <summary>A trailer section larger than <see cref="Http1Policy.MaxHeadBytes"/>.</summary>
    TrailersTooLarge,

    /// <summary>The stream ended, or a gap fell, inside a message.</summary>
    Truncated,
}

/// <summary>What a server answers to a malformed request.</summary>
/// <remarks>Thread safety: pure functions.</remarks>
public static class Http1Errors
{
    /// <summary>The status code for a request refused because of <paramref name="error"/>; 400 when nothing more exact fits.</summary>
    public static int ResponseStatus(this Http1Error error) => error switch
    {
        Http1Error.BodyTooLarge => 413,
        Http1Error.TargetTooLong => 414,
        Http1Error.HeadTooLarge or Http1Error.TooManyFields or Http1Error.TrailersTooLarge => 431,
        Http1Error.UnsupportedTransferCoding => 501,
        Http1Error.UnsupportedVersion => 505,
        _ => 400,
    };
}

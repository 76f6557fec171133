using System.Text;

namespace Parallax.Wire.Http1;

/// <summary>Reads the two fields that say how long a body is; every request smuggling attack goes through one of them.</summary>
internal static class BodyLengthFields
{
    private const long NoLength = -1;

    private static ReadOnlySpan<byte> Chunked => "chunked"u8;

    /// <summary>Reads one Content-Length field (RFC 9110 §8.6). A loose reading takes the last valid member of any of them, as Wireshark
    /// and Suricata do, and notes when they differ or one is not valid.</summary>
    internal static Http1Error ReadContentLength(ReadOnlySpan<byte> value, Http1Policy policy, MessageHead head)
    {
        if (policy.LooseLengths)
        {
            // Nearly all are one number.
            var only = head.ContentLength == NoLength ? ParseLength(value) : NoLength;
            if (only == NoLength)
            {
                ReadLoosely(value, head);
            }
            else
            {
                head.ContentLength = only;
            }

            return Http1Error.None;
        }

        var length = ParseLength(value);
        if (length == NoLength)
        {
            return Http1Error.InvalidContentLength;
        }

        if (head.ContentLength != NoLength && head.ContentLength != length)
        {
            return Http1Error.ConflictingContentLengths;
        }

        head.ContentLength = length;
        return Http1Error.None;
    }

    private static void ReadLoosely(ReadOnlySpan<byte> value, MessageHead head)
    {
        while (ListReader.TryTake(ref value, out var member))
        {
            if (member.IsEmpty)
            {
                continue;
            }

            var length = ParseLength(member);
            head.LengthIsDoubtful |= length == NoLength || (head.ContentLength != NoLength && head.ContentLength != length);
            head.ContentLength = length == NoLength ? head.ContentLength : length;
        }
    }

    /// <summary>Reads one Transfer-Encoding field (RFC 9112 §6.1); what is wrong with all of them together is left in the head.</summary>
    internal static void ReadTransferEncoding(ReadOnlySpan<byte> value, Http1Policy policy, MessageHead head)
    {
        head.HasTransferEncoding = true;
        var members = 0;
        while (ListReader.TryTake(ref value, out var coding))
        {
            if (coding.IsEmpty)
            {
                continue;
            }

            members++;
            ReadCoding(coding, policy, head);
        }

        if (members == 0)
        {
            head.CodingError = Http1Error.InvalidTransferEncoding;
        }
    }

    private static void ReadCoding(ReadOnlySpan<byte> coding, Http1Policy policy, MessageHead head)
    {
        // Nothing may follow chunked; a request in which something does is chunked nevertheless when read loosely, because
        // nothing else could end its body. A response would be read to its end (RFC 9112 §6.3). A loose reading also overlooks
        // what is stuck to the name ("chunkedx", "chunked x", a NUL).
        var name = policy.LooseLengths && coding.Length > Chunked.Length ? coding[..Chunked.Length] : coding;
        var isChunked = Ascii.EqualsIgnoreCase(name, Chunked);
        if (head.IsChunkedSoFar)
        {
            head.CodingError = Http1Error.InvalidTransferEncoding;
        }
        else if (!isChunked && head.CodingError == Http1Error.None)
        {
            head.CodingError = coding.ContainsAnyExcept(HttpOctets.Token)
                ? Http1Error.InvalidTransferEncoding
                : Http1Error.UnsupportedTransferCoding;
        }

        // Nothing may follow chunked; what is stuck to it makes clients, who read the response to its end, less doubt than servers.
        head.CodingIsDoubtful |= head.IsChunkedSoFar
            || (isChunked && coding.Length > Chunked.Length && head.Kind == MessageKind.Request);
        head.IsChunkedSoFar |= isChunked;
        head.IsChunked = isChunked || (head.IsChunkedSoFar && head.Kind == MessageKind.Request);
    }

    /// <summary>1*DIGIT up to 63 bits; -1 for anything else.</summary>
    private static long ParseLength(ReadOnlySpan<byte> digits)
    {
        if (digits.IsEmpty)
        {
            return NoLength;
        }

        var length = 0L;
        foreach (var octet in digits)
        {
            var digit = octet - '0';
            if (digit is < 0 or > 9 || length > (long.MaxValue - digit) / 10)
            {
                return NoLength;
            }

            length = (length * 10) + digit;
        }

        return length;
    }
}

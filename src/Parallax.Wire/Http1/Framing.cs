namespace Parallax.Wire.Http1;

/// <summary>Decides how long a body is (RFC 9112 §6.3).</summary>
/// <remarks>Thread safety: pure functions.</remarks>
public static class Framing
{
    /// <summary>The framing of a message's body.</summary>
    /// <inheritdoc cref="OfResponse"/>
    internal static BodyFraming Of(
        MessageHead head, KnownMethod requestMethod, Http1Policy policy, out long length, out Http1Error error) =>
        head.Kind == MessageKind.Request
            ? OfRequest(head, policy, out length, out error)
            : OfResponse(head, requestMethod, policy, out length, out error);

    /// <summary>The framing of a request's body. A CONNECT or upgrade is judged by its response, see <see cref="OfResponse"/>.</summary>
    /// <param name="head">A complete head of a request.</param>
    /// <param name="policy">The policy it was read with.</param>
    /// <param name="length">Octets of the body with <see cref="BodyFraming.Length"/>, otherwise 0.</param>
    /// <param name="error">Why the message has to be refused; <see cref="Http1Error.None"/> if it has not.</param>
    public static BodyFraming OfRequest(MessageHead head, Http1Policy policy, out long length, out Http1Error error)
    {
        if (head.KnownMethod == KnownMethod.Connect)
        {
            // What follows a CONNECT is the tunnel's, or the next message (RFC 9110 §9.3.6); some servers read a body all the same.
            length = 0;
            var claimsBody = head.HasTransferEncoding || head.ContentLength > 0;
            error = claimsBody && !policy.LooseLengths ? Http1Error.ConnectWithBody : Http1Error.None;
            return BodyFraming.None;
        }

        var framing = OfFields(head, BodyFraming.None, out length);
        error = Check(head, policy, length);
        return framing;
    }

    /// <summary>The framing of a response's body.</summary>
    /// <param name="head">A complete head of a response.</param>
    /// <param name="requestMethod">The method of the request it answers: HEAD and CONNECT change the answer.</param>
    /// <param name="policy">The policy the head was read with.</param>
    /// <param name="length">Octets of the body with <see cref="BodyFraming.Length"/>, otherwise 0.</param>
    /// <param name="error">Why the message has to be refused; <see cref="Http1Error.None"/> if it has not.</param>
    public static BodyFraming OfResponse(
        MessageHead head, KnownMethod requestMethod, Http1Policy policy, out long length, out Http1Error error)
    {
        length = 0;
        error = Http1Error.None;
        if (head.StatusCode == 101 || (requestMethod == KnownMethod.Connect && head.StatusCode is >= 200 and < 300))
        {
            return BodyFraming.Tunnel;
        }

        if (requestMethod == KnownMethod.Head || head.StatusCode is (>= 100 and < 200) or 204 or 304)
        {
            return BodyFraming.None;
        }

        if (policy.TransferEncodingWins && head.HasTransferEncoding && head.CodingError != Http1Error.InvalidTransferEncoding)
        {
            return head.IsChunked ? BodyFraming.Chunked : BodyFraming.UntilClose;
        }

        var framing = OfFields(head, BodyFraming.UntilClose, out length);
        error = Check(head, policy, length);
        return framing;
    }

    /// <summary>Why readers may disagree about where the body ends; <see cref="Http1Error.None"/> when they cannot. A well-formed
    /// Transfer-Encoding decides (RFC 9112 §6.3), and Content-Length beside it raises no doubt when it tells the same end, or the length
    /// of the content: the sender went by the chunks then.</summary>
    internal static Http1Error DoubtOf(MessageHead head, BodyFraming framing, in BodyReader body)
    {
        if (head.IsDistrusted)
        {
            return Http1Error.LengthAndTransferEncoding;
        }

        if (!head.IsDoubtful || (head.Kind == MessageKind.Response && framing is BodyFraming.None or BodyFraming.Tunnel))
        {
            return Http1Error.None;
        }

        if (!head.HasTransferEncoding)
        {
            return Http1Error.ConflictingContentLengths;
        }

        var hasLength = head.ContentLength >= 0;
        var isDoubtful = head.CodingIsDoubtful
            || (!head.IsChunkedSoFar && (head.Kind == MessageKind.Request || hasLength))
            || (head.IsChunkedSoFar && hasLength && head.ContentLength != body.RawOctets && head.ContentLength != body.ContentOctets);
        return isDoubtful ? Http1Error.LengthAndTransferEncoding : Http1Error.None;
    }

    private static BodyFraming OfFields(MessageHead head, BodyFraming withoutLength, out long length)
    {
        length = 0;
        if (head.IsChunked)
        {
            return BodyFraming.Chunked;
        }

        // A response whose last coding is not chunked ends with the connection, unless no coding was really applied.
        var isRecoded = head.HasTransferEncoding && head.IsChunkedSoFar;
        if (head.ContentLength < 0 || isRecoded)
        {
            return withoutLength;
        }

        length = head.ContentLength;
        return BodyFraming.Length;
    }

    private static Http1Error Check(MessageHead head, Http1Policy policy, long length)
    {
        if (length > policy.MaxBodyBytes)
        {
            return Http1Error.BodyTooLarge;
        }

        if (policy.LooseLengths || !head.HasTransferEncoding)
        {
            return Http1Error.None;
        }

        if (head.ContentLength >= 0)
        {
            return Http1Error.LengthAndTransferEncoding;
        }

        return head.VersionMinor == 0 ? Http1Error.TransferEncodingInHttp10 : head.CodingError;
    }
}

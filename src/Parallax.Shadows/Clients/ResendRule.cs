using Parallax.Wire.Http1;

namespace Parallax.Shadows.Clients;

/// <summary>Which requests may be sent a second time when their connection ended without an answer to them.</summary>
/// <remarks>
/// Any client meets this: the server closed the idle connection while a request was on its way to it. So what a connection that had served
/// before leaves unanswered is sent once more. Of several requests in flight the first may have been carried out, so then only what may be
/// carried out twice is sent again (RFC 9110 §9.2.2); but after an answer that announced the end none was carried out (RFC 9112 §9.6).
/// Thread safety: pure functions.
/// </remarks>
public static class ResendRule
{
    /// <summary>Whether a request of which no octet of an answer came may be sent again.</summary>
    /// <param name="request">The request.</param>
    /// <param name="failure">How the connection ended.</param>
    /// <param name="isAlone">True when no other request was in flight.</param>
    /// <param name="wasAnnounced">True when the answer ahead of it said that the connection would end.</param>
    internal static bool Allows(in OutgoingRequest request, FailureReason failure, bool isAlone, bool wasAnnounced)
    {
        if (request.WasResent || request.Stream is not null)
        {
            return false;
        }

        var isBroken = failure is FailureReason.Reset or FailureReason.ClosedEarly;
        return wasAnnounced || (isBroken && (isAlone || IsIdempotent(request.Method)));
    }

    /// <summary>Whether a request may be sent again although the server may have carried it out already (RFC 9110 §9.2.2).</summary>
    public static bool IsIdempotent(KnownMethod method) => method is KnownMethod.Get or KnownMethod.Head or KnownMethod.Options
        or KnownMethod.Put or KnownMethod.Delete or KnownMethod.Trace;
}

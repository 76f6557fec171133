namespace Parallax.Wire.Http1;

/// <summary>Reads the head of an HTTP/1 message (RFC 9112 §2.1): start line, field lines, blank line.</summary>
/// <remarks>
/// A line is judged once it is whole (the method alone as soon as it is there, so that a stream that is not HTTP is recognized by its
/// first octets), hence the outcome does not depend on how the octets arrived. Thread safety: pure but for the head it fills.
/// </remarks>
public static class HeadReader
{
    //  start-line CRLF *( field-line CRLF ) CRLF          field-line = field-name ":" OWS field-value OWS

    /// <summary>Reads the head at the beginning of <paramref name="octets"/>, or goes on reading it.</summary>
    /// <param name="octets">Octets from the first of the message on. After <see cref="HeadStatus.NeedMore"/> the same and more.</param>
    /// <param name="kind">Which message; must not change within a head.</param>
    /// <param name="policy">What is put up with; must not change within a head.</param>
    /// <param name="head">Filled in. It remembers where an unfinished head stopped, so that each octet is looked at a fixed number of
    /// times; <see cref="MessageHead.Reset"/> gives such a head up.</param>
    /// <param name="error">Why the status is <see cref="HeadStatus.Malformed"/>; otherwise <see cref="Http1Error.None"/>.</param>
    public static HeadStatus TryRead(
        ReadOnlySpan<byte> octets, MessageKind kind, Http1Policy policy, MessageHead head, out Http1Error error)
    {
        if (!head.IsPartial)
        {
            head.Begin(kind);
            head.IsPartial = true;
        }

        // A line that ends after the limit must not be seen, or the outcome would depend on how much arrived at once.
        var window = octets.Length > policy.MaxHeadBytes ? octets[..policy.MaxHeadBytes] : octets;
        var status = ReadLines(window, policy, head, out error);
        if (status == HeadStatus.NeedMore && octets.Length >= policy.MaxHeadBytes)
        {
            error = Http1Error.HeadTooLarge;
            status = HeadStatus.Malformed;
        }

        head.IsPartial = status == HeadStatus.NeedMore;
        return status;
    }

    /// <summary>Reads a head that breaks off: what of it is there counts, and reaches to the end of <paramref name="octets"/>.</summary>
    /// <param name="octets">All octets of the head there are.</param>
    /// <param name="kind">Which message.</param>
    /// <param name="policy">What is put up with; only a loose reading takes a head without its end.</param>
    /// <param name="head">Filled in with the lines that are whole; of a start line that is not, with the words that are.</param>
    /// <returns>False when not even the method and target, or the status code, are there.</returns>
    public static bool TryReadCut(ReadOnlySpan<byte> octets, MessageKind kind, Http1Policy policy, MessageHead head)
    {
        var status = TryRead(octets, kind, policy, head, out _);
        if (status != HeadStatus.NeedMore || !policy.LooseFields)
        {
            return status == HeadStatus.Complete;
        }

        head.IsPartial = false;
        if (!head.HasStartLine && !StartLine.TryReadCut(octets, policy, head))
        {
            return false;
        }

        head.Length = octets.Length;
        return HeadFacts.Gather(octets, policy, head) == Http1Error.None;
    }

    private static HeadStatus ReadLines(ReadOnlySpan<byte> octets, Http1Policy policy, MessageHead head, out Http1Error error)
    {
        if (head.Scanned > 0 && head.HasStartLine && LineEnd.Find(octets, policy, head) < 0)
        {
            error = Http1Error.None;
            return HeadStatus.NeedMore;
        }

        if (!head.HasStartLine)
        {
            var status = StartLine.TryRead(octets, policy, head, out error);
            if (status != HeadStatus.Complete)
            {
                return status;
            }

            head.HasStartLine = true;
        }

        var fields = policy.LooseFields
            ? FieldLines.ReadLoosely(octets, policy, head, out error)
            : FieldLines.ReadStrictly(octets, policy, head, out error);
        if (fields != HeadStatus.Complete)
        {
            return fields;
        }

        error = HeadFacts.Gather(octets, policy, head);
        return error == Http1Error.None ? HeadStatus.Complete : HeadStatus.Malformed;
    }
}

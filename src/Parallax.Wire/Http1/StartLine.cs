namespace Parallax.Wire.Http1;

/// <summary>Reads the first line of a message and the empty lines that may come before it (RFC 9112 §2.2).</summary>
internal static class StartLine
{
    /// <summary>Reads the start line at the head's position.</summary>
    internal static HeadStatus TryRead(ReadOnlySpan<byte> octets, Http1Policy policy, MessageHead head, out Http1Error error)
    {
        var emptyLines = SkipEmptyLines(octets[head.Position..], policy.LooseFields, out error);
        head.Position += emptyLines;
        head.Start = head.Position;
        if (error != Http1Error.None)
        {
            return HeadStatus.Malformed;
        }

        var rest = octets[head.Position..];
        if (rest.Length == 1 && rest[0] == HttpOctets.CarriageReturn)
        {
            return HeadStatus.NeedMore; // half an empty line
        }

        return head.Kind == MessageKind.Request
            ? RequestLine.TryRead(octets, policy, head, out error)
            : StatusLine.TryRead(octets, policy, head, out error);
    }

    /// <summary>Reads a start line, at the head's position, that breaks off: its last word may be cut and does not count.</summary>
    internal static bool TryReadCut(ReadOnlySpan<byte> octets, Http1Policy policy, MessageHead head)
    {
        var rest = octets[head.Position..];
        var line = rest[..Math.Max(0, rest.LastIndexOfAny(HttpOctets.Space, HttpOctets.Tab))];
        var error = head.Kind == MessageKind.Request
            ? RequestLine.ReadLine(line, policy, head)
            : StatusLine.ReadLine(line, policy, head);
        return error == Http1Error.None;
    }

    /// <summary>The octets of whole empty lines at the beginning of <paramref name="octets"/>.</summary>
    internal static int SkipEmptyLines(ReadOnlySpan<byte> octets, bool loosely, out Http1Error error)
    {
        error = Http1Error.None;
        var at = 0;
        while (at < octets.Length && octets[at] is HttpOctets.CarriageReturn or HttpOctets.LineFeed)
        {
            if (loosely)
            {
                at++;
                continue;
            }

            if (octets[at] == HttpOctets.LineFeed)
            {
                error = Http1Error.BareLineFeed;
                return at;
            }

            if (at + 1 == octets.Length)
            {
                return at;
            }

            if (octets[at + 1] != HttpOctets.LineFeed)
            {
                error = Http1Error.BareCarriageReturn;
                return at;
            }

            at += 2;
        }

        return at;
    }
}

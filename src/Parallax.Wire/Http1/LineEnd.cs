namespace Parallax.Wire.Http1;

/// <summary>Finds the ends of lines and takes them off (RFC 9112 §2.2).</summary>
/// <remarks>Thread safety: pure but for the head.</remarks>
internal static class LineEnd
{
    /// <summary>The offset, from the head's position, of the octet that ends the line there; -1 if it has not arrived.</summary>
    internal static int Find(ReadOnlySpan<byte> octets, Http1Policy policy, MessageHead head)
    {
        // A lone CR ends a line of a response read loosely, as in Wireshark; in a request it is an octet like any other.
        var atLoneCarriageReturn = policy.LooseFields && head.Kind == MessageKind.Response;
        var from = Math.Max(head.Position, head.Scanned);
        var at = atLoneCarriageReturn ? IndexOfAnyLineEnd(octets[from..]) : octets[from..].IndexOf(HttpOctets.LineFeed);
        if (at >= 0)
        {
            return at + from - head.Position;
        }

        head.Scanned = atLoneCarriageReturn && octets.EndsWith("\r"u8) ? octets.Length - 1 : octets.Length;
        return -1;
    }

    /// <summary>The index of the first LF or lone CR; -1 while it may still turn out which of them the last octet is.</summary>
    private static int IndexOfAnyLineEnd(ReadOnlySpan<byte> octets)
    {
        var at = octets.IndexOfAny(HttpOctets.CarriageReturn, HttpOctets.LineFeed);
        if (at < 0 || octets[at] == HttpOctets.LineFeed)
        {
            return at;
        }

        return at + 1 == octets.Length ? -1
            : octets[at + 1] == HttpOctets.LineFeed ? at + 1
            : at;
    }

    /// <summary>Goes on after a start line of <paramref name="length"/> octets without its LF.</summary>
    internal static HeadStatus GoOnAfter(int length, MessageHead head, Http1Error error)
    {
        if (error != Http1Error.None)
        {
            return HeadStatus.Malformed;
        }

        head.Position += length + 1;
        return HeadStatus.Complete;
    }

    /// <summary>Takes the CR off a line whose LF is off already; read loosely, all whitespace before it as well.</summary>
    internal static Http1Error TakeOff(ReadOnlySpan<byte> line, bool loosely, out ReadOnlySpan<byte> content)
    {
        if (loosely)
        {
            content = line[..HttpOctets.Trim(line, 0, line.Length).End];
            return Http1Error.None;
        }

        content = line;
        if (line.IsEmpty || line[^1] != HttpOctets.CarriageReturn)
        {
            return Http1Error.BareLineFeed;
        }

        content = line[..^1];
        return content.Contains(HttpOctets.CarriageReturn) ? Http1Error.BareCarriageReturn : Http1Error.None;
    }
}

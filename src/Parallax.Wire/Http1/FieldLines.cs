using System.Text;

namespace Parallax.Wire.Http1;

/// <summary>Reads field lines up to the blank line (RFC 9112 §5), strictly or as tolerant servers do.</summary>
internal static class FieldLines
{
    //  field-line = field-name ":" OWS field-value OWS          obs-fold = OWS CRLF RWS

    /// <summary>Refuses whatever two parsers could understand differently.</summary>
    internal static HeadStatus ReadStrictly(ReadOnlySpan<byte> octets, Http1Policy policy, MessageHead head, out Http1Error error)
    {
        error = Http1Error.None;
        var at = head.Position;
        while (true)
        {
            // Both searches run over the line's end, so that one vectorised pass finds the field and proves it well-formed.
            var rest = octets[at..];
            var colon = rest.IndexOfAnyExcept(HttpOctets.Token);
            var end = colon > 0 && rest[colon] == ':' ? rest[colon..].IndexOfAny(HttpOctets.Controls) + colon : -1;
            if (end <= colon || end + 1 >= rest.Length || rest[end] != HttpOctets.CarriageReturn || rest[end + 1] != HttpOctets.LineFeed)
            {
                head.Position = at;
                if (policy.OldLines && head.FieldCount < policy.MaxFields && TryReadOldLine(octets, policy, head))
                {
                    at = head.Position;
                    continue;
                }

                return FinishStrictly(octets, policy, head, out error);
            }

            if (head.FieldCount == policy.MaxFields)
            {
                error = Http1Error.TooManyFields;
                return HeadStatus.Malformed;
            }

            head.Add(new OctetRange(at, colon), HttpOctets.Trim(octets, at + colon + 1, at + end));
            at += end + 2;
        }
    }

    /// <summary>Takes what a tolerant server takes: lone LFs, folds, lines without a colon, any octet.</summary>
    internal static HeadStatus ReadLoosely(ReadOnlySpan<byte> octets, Http1Policy policy, MessageHead head, out Http1Error error)
    {
        error = Http1Error.None;
        while (true)
        {
            var lineLength = LineEnd.Find(octets, policy, head);
            if (lineLength < 0)
            {
                return HeadStatus.NeedMore;
            }

            var start = head.Position;
            var line = octets.Slice(start, lineLength);
            if (lineLength > 0 && HttpOctets.IsVisible(line[0]) && head.FieldCount < policy.MaxFields)
            {
                // Almost every line: neither blank nor a fold, nor the beginning of the body.
                head.Position += lineLength + 1;
                AddLoosely(octets, start, line, head);
                continue;
            }

            if (head.Kind == MessageKind.Response && BeginsBody(octets, line, head))
            {
                head.Length = head.Position;
                return HeadStatus.Complete;
            }

            head.Position += lineLength + 1;
            if (line.TrimEnd(HttpOctets.CarriageReturn).IsEmpty)
            {
                head.Length = head.Position;
                return HeadStatus.Complete;
            }

            if (HttpOctets.IsWhitespace(line[0]) && head.FieldCount > 0)
            {
                head.Fold(HttpOctets.Trim(octets, start, start + lineLength));
            }
            else if (head.FieldCount == policy.MaxFields)
            {
                error = Http1Error.TooManyFields;
                return HeadStatus.Malformed;
            }
            else
            {
                AddLoosely(octets, start, line, head);
            }
        }
    }

    /// <summary>True for a line that ends a response's head though it is not empty, and is the first of its body: one with nothing
    /// visible in it, and one that folds Transfer-Encoding.</summary>
    /// <remarks>Neither occurs but in attempts to make two readers disagree; the reading chosen is Wireshark's, where the user looks.
    /// </remarks>
    private static bool BeginsBody(ReadOnlySpan<byte> octets, ReadOnlySpan<byte> line, MessageHead head)
    {
        var content = line.TrimEnd(HttpOctets.CarriageReturn);
        if (content.IsEmpty || head.FieldCount == 0)
        {
            return false;
        }

        return !content.ContainsAnyExcept(HttpOctets.Invisible)
            || (HttpOctets.IsWhitespace(content[0])
                && Ascii.EqualsIgnoreCase(head[head.FieldCount - 1].Name.Of(octets), "Transfer-Encoding"u8));
    }

    private static void AddLoosely(ReadOnlySpan<byte> octets, int start, ReadOnlySpan<byte> line, MessageHead head)
    {
        var colon = line.IndexOf((byte)':');
        var nameEnd = start + (colon < 0 ? line.Length : colon);
        var valueStart = colon < 0 ? nameEnd : nameEnd + 1;
        head.Add(HttpOctets.Trim(octets, start, nameEnd), HttpOctets.Trim(octets, valueStart, start + line.Length));
    }

    /// <summary>Reads the line at the head's position if it is a field, or the fold of one, and nothing is wrong but that: lone LF
    /// and folds
    /// have one meaning only while everything else is strict.</summary>
    private static bool TryReadOldLine(ReadOnlySpan<byte> octets, Http1Policy policy, MessageHead head)
    {
        var start = head.Position;
        var lineLength = LineEnd.Find(octets, policy, head);
        if (lineLength <= 0)
        {
            return false;
        }

        var line = octets.Slice(start, lineLength);
        var isWhole = line[^1] == HttpOctets.CarriageReturn;
        line = isWhole ? line[..^1] : line;
        if (line.ContainsAny(HttpOctets.Controls) || !line.ContainsAnyExcept(HttpOctets.Invisible))
        {
            return false;
        }

        var colon = line.IndexOfAnyExcept(HttpOctets.Token);
        var isFold = HttpOctets.IsWhitespace(line[0]) && head.FieldCount > 0;
        if (isFold)
        {
            head.Fold(HttpOctets.Trim(octets, start, start + line.Length));
        }
        else if (!isWhole && colon > 0 && line[colon] == ':')
        {
            head.Add(new OctetRange(start, colon), HttpOctets.Trim(octets, start + colon + 1, start + line.Length));
        }
        else
        {
            return false;
        }

        head.HasOldLines = true;
        head.Position += lineLength + 1;
        return true;
    }

    /// <summary>The line at the head's position is not a field: the blank line, one that has not arrived whole, or a wrong one.</summary>
    private static HeadStatus FinishStrictly(ReadOnlySpan<byte> octets, Http1Policy policy, MessageHead head, out Http1Error error)
    {
        error = Http1Error.None;
        var rest = octets[head.Position..];
        if (rest.StartsWith("\r\n"u8))
        {
            head.Length = head.Position + 2;
            return HeadStatus.Complete;
        }

        if (policy.OldLines && rest.StartsWith("\n"u8))
        {
            head.HasOldLines = true;
            head.Length = head.Position + 1;
            return HeadStatus.Complete;
        }

        var lineLength = LineEnd.Find(octets, policy, head);
        if (lineLength < 0)
        {
            return HeadStatus.NeedMore;
        }

        error = Diagnose(rest[..lineLength], head.FieldCount == 0);
        return HeadStatus.Malformed;
    }

    private static Http1Error Diagnose(ReadOnlySpan<byte> line, bool isFirst)
    {
        if (line.IsEmpty || line[^1] != HttpOctets.CarriageReturn)
        {
            return Http1Error.BareLineFeed;
        }

        if (HttpOctets.IsWhitespace(line[0]))
        {
            return isFirst ? Http1Error.LeadingWhitespace : Http1Error.ObsoleteFold;
        }

        var content = line[..^1];
        if (content.Contains(HttpOctets.CarriageReturn))
        {
            return Http1Error.BareCarriageReturn;
        }

        var colon = content.IndexOf((byte)':');
        if (colon <= 0)
        {
            return colon < 0 ? Http1Error.MissingColon : Http1Error.InvalidFieldName;
        }

        var name = content[..colon];
        if (!name.ContainsAnyExcept(HttpOctets.Token))
        {
            return Http1Error.InvalidFieldValue;
        }

        return HttpOctets.IsWhitespace(name[^1]) ? Http1Error.WhitespaceBeforeColon : Http1Error.InvalidFieldName;
    }
}

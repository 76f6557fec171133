namespace Parallax.Wire.Http1;

/// <summary>Reads a status line (RFC 9112 §4).</summary>
internal static class StatusLine
{
    //  HTTP-version SP status-code SP [ reason-phrase ] CRLF

    private const int CodeLength = 3;

    internal static HeadStatus TryRead(ReadOnlySpan<byte> octets, Http1Policy policy, MessageHead head, out Http1Error error)
    {
        error = Http1Error.None;
        var rest = octets[head.Position..];
        if (!HttpVersion.BeginsLike(rest, policy.LooseStartLines))
        {
            error = Http1Error.NotHttp;
            return HeadStatus.Malformed;
        }

        var lineLength = LineEnd.Find(octets, policy, head);
        if (lineLength < 0)
        {
            return HeadStatus.NeedMore;
        }

        error = ReadLine(rest[..lineLength], policy, head);
        return LineEnd.GoOnAfter(lineLength, head, error);
    }

    internal static Http1Error ReadLine(ReadOnlySpan<byte> line, Http1Policy policy, MessageHead head)
    {
        var loosely = policy.LooseStartLines;
        var error = LineEnd.TakeOff(line, loosely, out var content);
        if (error == Http1Error.BareLineFeed && policy.OldLines)
        {
            head.HasOldLines = true;
            content = line;
            error = line.Contains(HttpOctets.CarriageReturn) ? Http1Error.BareCarriageReturn : Http1Error.None;
        }

        if (error != Http1Error.None)
        {
            return error;
        }

        var versionLength = content.IndexOfAny(HttpOctets.Space, HttpOctets.Tab);
        if (versionLength < 0)
        {
            return Http1Error.InvalidStatusCode;
        }

        // Read loosely, "HTTP/" is proof enough: clients take whatever version follows for 1.1.
        error = HttpVersion.Read(content[..versionLength], loosely, out var minor);
        head.VersionMinor = minor;
        if (error != Http1Error.None && !loosely)
        {
            return error;
        }

        var code = versionLength + 1;
        while (loosely && code < content.Length && HttpOctets.IsWhitespace(content[code]))
        {
            code++;
        }

        return content[versionLength] == HttpOctets.Tab && !loosely
            ? Http1Error.InvalidStatusCode
            : ReadCodeAndReason(content, code, loosely, head);
    }

    private static Http1Error ReadCodeAndReason(ReadOnlySpan<byte> line, int code, bool loosely, MessageHead head)
    {
        var end = code;
        var status = 0;
        while (end < line.Length && end - code < CodeLength && HttpOctets.IsDigit(line[end]))
        {
            status = (status * 10) + (line[end++] - '0');
        }

        // The space after the code may be missing with the phrase; every client takes that. Read loosely, the code is the digits
        // there are.
        var isWellFormed = status >= 100 && (end == line.Length || HttpOctets.IsWhitespace(line[end]));
        if (status == 0 || (!isWellFormed && !loosely))
        {
            return Http1Error.InvalidStatusCode;
        }

        head.StatusCode = status;
        var reason = HttpOctets.Trim(line, end, line.Length);
        head.Reason = reason with { Start = reason.Start + head.Position };
        return !loosely && line[end..].ContainsAny(HttpOctets.Controls) ? Http1Error.InvalidReason : Http1Error.None;
    }
}

namespace Parallax.Wire.Http1;

/// <summary>Reads a request line (RFC 9112 §3).</summary>
internal static class RequestLine
{
    //  method SP request-target SP HTTP-version CRLF

    /// <summary>The longest method taken for one; the longest registered has 17 octets.</summary>
    internal const int MaxMethodLength = 32;

    /// <summary>What a line may hold besides its target: method, two spaces, version, line end, and a few octets to spare.</summary>
    private const int AroundTarget = 64;

    internal static HeadStatus TryRead(ReadOnlySpan<byte> octets, Http1Policy policy, MessageHead head, out Http1Error error)
    {
        var rest = octets[head.Position..];
        var status = TryReadMethod(rest, policy.LooseStartLines, out var methodLength, out error);
        if (status != HeadStatus.Complete)
        {
            return status;
        }

        var lineLength = HeadReader.FindLineEnd(octets, head);
        if ((lineLength < 0 ? rest.Length : lineLength + 1) - AroundTarget > policy.MaxTargetBytes)
        {
            error = Http1Error.TargetTooLong;
            return HeadStatus.Malformed;
        }

        if (lineLength < 0)
        {
            return HeadStatus.NeedMore;
        }

        head.Method = new OctetRange(head.Position, methodLength);
        head.KnownMethod = Methods.Of(rest[..methodLength]);
        error = ReadTargetAndVersion(rest[..lineLength], policy, head);
        return StartLine.Finish(lineLength, head, error);
    }

    /// <summary>Finds the method at the start of <paramref name="rest"/>; Complete once whitespace follows it.</summary>
    internal static HeadStatus TryReadMethod(ReadOnlySpan<byte> rest, bool loosely, out int length, out Http1Error error)
    {
        error = Http1Error.None;
        var window = rest.Length > MaxMethodLength ? rest[..(MaxMethodLength + 1)] : rest;
        length = window.IndexOfAnyExcept(HttpOctets.Token);
        if (length < 0 && rest.Length <= MaxMethodLength)
        {
            return HeadStatus.NeedMore;
        }

        if (length > 0 && (rest[length] == HttpOctets.Space || (loosely && rest[length] == HttpOctets.Tab)))
        {
            return HeadStatus.Complete;
        }

        error = length == 0 ? Http1Error.NotHttp : Http1Error.InvalidMethod;
        return HeadStatus.Malformed;
    }

    private static Http1Error ReadTargetAndVersion(ReadOnlySpan<byte> line, Http1Policy policy, MessageHead head)
    {
        var loosely = policy.LooseStartLines;
        var error = StartLine.TakeLineEndOff(line, loosely, out var content);
        if (error != Http1Error.None)
        {
            return error;
        }

        // Read loosely, the target is all there is between method and version, spaces included.
        var from = head.Method.Length + 1;
        var space = loosely
            ? content.LastIndexOfAny(HttpOctets.Space, HttpOctets.Tab)
            : content[from..].IndexOf(HttpOctets.Space) + from;
        if (space < from)
        {
            return from < content.Length && !content[from..].StartsWith("HTTP/"u8) ? Http1Error.InvalidVersion : Http1Error.InvalidTarget;
        }

        error = HttpVersion.Read(content[(space + 1)..], loosely, out var minor);
        if (error != Http1Error.None)
        {
            return error;
        }

        head.VersionMinor = minor;
        var target = loosely ? HttpOctets.Trim(content, from, space) : OctetRange.Between(from, space);
        head.Target = target with { Start = target.Start + head.Position };
        return target.Length > policy.MaxTargetBytes
            ? Http1Error.TargetTooLong
            : CheckTarget(target.Of(content), head.KnownMethod, loosely);
    }

    private static Http1Error CheckTarget(ReadOnlySpan<byte> target, KnownMethod method, bool loosely)
    {
        // A version at the end of the line proves it to be a request line whatever its target holds.
        var isValid = !target.IsEmpty
            && (loosely || (!target.ContainsAnyExcept(HttpOctets.Target) && HasOneOfTheForms(target, method)));
        return isValid ? Http1Error.None : Http1Error.InvalidTarget;
    }

    /// <summary>origin-form, absolute-form, authority-form for CONNECT only, asterisk-form for OPTIONS only (RFC 9112 §3.2).</summary>
    private static bool HasOneOfTheForms(ReadOnlySpan<byte> target, KnownMethod method)
    {
        if (method == KnownMethod.Connect)
        {
            return !target.ContainsAnyExcept(HttpOctets.Host) && target.Contains((byte)':');
        }

        if (target[0] == '/')
        {
            return true;
        }

        var scheme = target.IndexOf("://"u8);
        return scheme > 0
            ? scheme + 3 < target.Length && !target[..scheme].ContainsAnyExcept(HttpOctets.Token)
            : method == KnownMethod.Options && target is [(byte)'*'];
    }
}

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

        var lineLength = LineEnd.Find(octets, policy, head);
        if ((lineLength < 0 ? rest.Length : lineLength + 1) - AroundTarget > policy.MaxTargetBytes)
        {
            error = Http1Error.TargetTooLong;
            return HeadStatus.Malformed;
        }

        if (lineLength < 0)
        {
            return HeadStatus.NeedMore;
        }

        error = ReadLine(rest[..lineLength], policy, head);
        return LineEnd.GoOnAfter(lineLength, head, error);
    }

    /// <summary>Reads a whole line without its LF.</summary>
    internal static Http1Error ReadLine(ReadOnlySpan<byte> line, Http1Policy policy, MessageHead head)
    {
        if (TryReadMethod(line, policy.LooseStartLines, out var methodLength, out var error) != HeadStatus.Complete)
        {
            return error == Http1Error.None ? Http1Error.InvalidTarget : error;
        }

        head.Method = new OctetRange(head.Position, methodLength);
        head.KnownMethod = Methods.Of(line[..methodLength]);
        return ReadTargetAndVersion(line, policy, head);
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
        var error = LineEnd.TakeOff(line, loosely, out var content);
        if (error != Http1Error.None)
        {
            return error;
        }

        var from = head.Method.Length + 1;
        if (loosely && IsWithoutVersion(content, from))
        {
            head.Target = new OctetRange(head.Position + from, content.Length - from);
            return Http1Error.None;
        }

        // Read loosely, the target is all there is between method and version, spaces included.
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
        head.HasVersion = true;
        var target = loosely ? HttpOctets.Trim(content, from, space) : OctetRange.Between(from, space);
        head.Target = target with { Start = target.Start + head.Position };
        return target.Length > policy.MaxTargetBytes
            ? Http1Error.TargetTooLong
            : CheckTarget(target.Of(content), head.KnownMethod, policy);
    }

    /// <summary>True for a line such as HTTP/0.9 has it (RFC 1945 §5.1): a method that is known, or whose last word is
    /// (<c>CCM_POST</c>), and one path, or a version where the path should be. Other protocols have lines like that, but not with
    /// these methods.</summary>
    private static bool IsWithoutVersion(ReadOnlySpan<byte> line, int targetStart)
    {
        var target = line[Math.Min(targetStart, line.Length)..];
        if (target.ContainsAny(HttpOctets.Space, HttpOctets.Tab) || !(target.StartsWith("/"u8) || target.StartsWith("HTTP/"u8)))
        {
            return false;
        }

        var method = line[..(targetStart - 1)];
        return Methods.Of(method[(method.LastIndexOfAny((byte)'_', (byte)'-') + 1)..]) != KnownMethod.Other;
    }

    private static Http1Error CheckTarget(ReadOnlySpan<byte> target, KnownMethod method, Http1Policy policy)
    {
        // A version at the end of the line proves it to be a request line whatever its target holds.
        var isValid = !target.IsEmpty
            && (policy.LooseStartLines || (HasValidOctets(target, policy.RawTargets) && HasOneOfTheForms(target, method)));
        return isValid ? Http1Error.None : Http1Error.InvalidTarget;
    }

    private static bool HasValidOctets(ReadOnlySpan<byte> target, bool mayBeRaw)
    {
        var odd = target.IndexOfAnyExcept(HttpOctets.Target);
        return odd < 0 || (mayBeRaw && target[odd] >= 0x80 && RawTarget.IsValid(target, odd));
    }

    /// <summary>origin-form, absolute-form, authority-form for CONNECT only, asterisk-form for OPTIONS only (RFC 9112 §3.2).</summary>
    private static bool HasOneOfTheForms(ReadOnlySpan<byte> target, KnownMethod method)
    {
        if (method == KnownMethod.Connect)
        {
            return HostValue.IsClear(target) && target.Contains((byte)':');
        }

        if (target[0] == '/')
        {
            return true;
        }

        var scheme = target.IndexOf("://"u8);
        return scheme > 0
            ? !target[..scheme].ContainsAnyExcept(HttpOctets.Token) && HasAuthority(target[(scheme + 3)..])
            : method == KnownMethod.Options && target is [(byte)'*'];
    }

    /// <summary>An absolute form's authority takes the place of Host, so it is checked as Host is; user information, which hides where a
    /// request goes, is no part of it (RFC 9110 §4.2.4).</summary>
    private static bool HasAuthority(ReadOnlySpan<byte> afterScheme)
    {
        var length = afterScheme.IndexOfAny((byte)'/', (byte)'?');
        var authority = length < 0 ? afterScheme : afterScheme[..length];
        return !authority.IsEmpty && HostValue.IsClear(authority);
    }
}

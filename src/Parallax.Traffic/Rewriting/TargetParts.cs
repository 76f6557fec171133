using Parallax.Wire.Http1;

namespace Parallax.Traffic.Rewriting;

/// <summary>A request target taken apart, as places in the head's octets.</summary>
/// <param name="Authority">Host and port of an absolute-form target, user information not included; empty in every other form.</param>
/// <param name="Path">The path without the query; the whole target when that is neither origin-form nor absolute-form (RFC 9112
/// §3.2).</param>
/// <param name="Query">What stands after the first <c>?</c>; empty without one.</param>
/// <remarks>Thread safety: an immutable value.</remarks>
public readonly record struct TargetParts(OctetRange Authority, OctetRange Path, OctetRange Query)
{
    //  origin-form    /path?query          absolute-form   http://user@host:80/path?query
    //  asterisk-form  *                    authority-form  host:443

    /// <summary>Takes the target of <paramref name="head"/> apart; any octets will do.</summary>
    /// <param name="head">A request's head.</param>
    /// <param name="octets">The octets it was read from.</param>
    public static TargetParts Of(MessageHead head, ReadOnlySpan<byte> octets)
    {
        ArgumentNullException.ThrowIfNull(head);
        var target = head.Target.Of(octets);
        var start = head.Target.Start;
        var authority = default(OctetRange);
        var scheme = target.IndexOf("://"u8);
        var pathAt = 0;
        if (scheme > 0 && target[0] != (byte)'/')
        {
            var authorityAt = scheme + 3;
            var authorityLength = target[authorityAt..].IndexOfAny((byte)'/', (byte)'?');
            authorityLength = authorityLength < 0 ? target.Length - authorityAt : authorityLength;
            var user = target.Slice(authorityAt, authorityLength).LastIndexOf((byte)'@') + 1;
            authority = new OctetRange(start + authorityAt + user, authorityLength - user);
            pathAt = authorityAt + authorityLength;
        }

        var pathLength = target[pathAt..].IndexOf((byte)'?');
        return pathLength < 0
            ? new TargetParts(authority, new OctetRange(start + pathAt, target.Length - pathAt), default)
            : new TargetParts(
                authority,
                new OctetRange(start + pathAt, pathLength),
                new OctetRange(start + pathAt + pathLength + 1, target.Length - pathAt - pathLength - 1));
    }

    /// <summary>How many octets of an authority are its host, without the port: of <c>host</c>, <c>host:80</c>, <c>[::1]</c> and
    /// <c>[::1]:80</c>. An unbracketed IPv6 address (not allowed, but seen) has several colons and no port.</summary>
    public static int HostLengthOf(ReadOnlySpan<byte> authority)
    {
        if (!authority.IsEmpty && authority[0] == (byte)'[')
        {
            return authority.LastIndexOf((byte)']') + 1 is var bracket and > 0 ? bracket : authority.Length;
        }

        var colon = authority.IndexOf((byte)':');
        return colon >= 0 && !authority[(colon + 1)..].Contains((byte)':') ? colon : authority.Length;
    }
}

using System.Buffers;
using Parallax.Traffic.Contents;

namespace Parallax.Traffic.Redaction;

/// <summary>Finds the secrets in URLs and forms.</summary>
/// <remarks>Thread safety: none.</remarks>
internal sealed class PairSecrets(IValueRule rule, KnownNames<KeyMeaning> keys)
{
    private const int LongestKey = 128;

    /// <summary>A URL or request target: user, path with parameters, query and fragment.</summary>
    /// <param name="url">The URL.</param>
    /// <param name="at">Where it begins in the octets that <paramref name="found"/> speaks of.</param>
    /// <param name="found">Gains the secrets.</param>
    public void Url(ReadOnlySpan<byte> url, int at, FoundSecrets found)
    {
        var end = url.IndexOfAny((byte)'?', (byte)'#');
        Path(end < 0 ? url : url[..end], at, found);
        if (end >= 0)
        {
            Pairs(url[(end + 1)..], at + end + 1, "&;?#"u8, found);
        }
    }

    /// <summary>Pairs joined by <c>&amp;</c>.</summary>
    public void Form(ReadOnlySpan<byte> form, int at, FoundSecrets found) => Pairs(form, at, "&"u8, found);

    private void Pairs(ReadOnlySpan<byte> pairs, int at, ReadOnlySpan<byte> joints, FoundSecrets found)
    {
        for (var from = 0; from < pairs.Length;)
        {
            var length = pairs[from..].IndexOfAny(joints);
            var end = length < 0 ? pairs.Length : from + length;
            Pair(pairs[from..end], at + from, found);
            from = end + 1;
        }
    }

    private void Pair(ReadOnlySpan<byte> pair, int at, FoundSecrets found)
    {
        var equals = pair.IndexOf((byte)'=');
        var key = equals > 0 ? KeyOf(pair[..equals]) : KeyMeaning.Plain;
        Value(key, pair[(equals + 1)..], at + equals + 1, found);
        if (equals > LongestKey)
        {
            Value(KeyMeaning.Plain, pair[..equals], at, found);
        }
    }

    private void Value(KeyMeaning key, ReadOnlySpan<byte> value, int at, FoundSecrets found)
    {
        if (value.IsEmpty || SecretMarks.IsMark(value))
        {
            return;
        }

        if (!value.ContainsAny((byte)'%', (byte)'+'))
        {
            if (SecretKeys.IsSecret(key, value))
            {
                found.Add(at, value.Length, SecretKind.Secret, MarkStyle.Url);
            }
            else
            {
                rule.Look(value, at, found, MarkStyle.Url);
            }

            return;
        }

        var buffer = ArrayPool<byte>.Shared.Rent(value.Length);
        var unescaped = buffer.AsSpan(0, Escapes.Percent(value, buffer, isForm: true));
        var kind = SecretKind.Secret;
        if (SecretKeys.IsSecret(key, unescaped) || rule.Holds(unescaped, out kind))
        {
            found.Add(at, value.Length, kind, MarkStyle.Url);
        }

        ArrayPool<byte>.Shared.Return(buffer);
    }

    private KeyMeaning KeyOf(ReadOnlySpan<byte> key)
    {
        key = key.Length > LongestKey ? key[^LongestKey..] : key;
        if (!key.ContainsAny((byte)'%', (byte)'+'))
        {
            return keys.MeaningOf(key);
        }

        Span<byte> buffer = stackalloc byte[LongestKey];
        return SecretKeys.MeaningOf(buffer[..Escapes.Percent(key, buffer, isForm: true)]);
    }

    private void Path(ReadOnlySpan<byte> path, int at, FoundSecrets found)
    {
        var start = LengthOfScheme(path);
        if (start >= 0)
        {
            var host = path[start..];
            if (PathSecrets.LengthOfUser(host) is > 0 and var user && !SecretMarks.IsMark(host[..user]))
            {
                found.Add(at + start, user, SecretKind.User, MarkStyle.Url);
            }

            var authority = host.IndexOf((byte)'/') is >= 0 and var slash ? slash : host.Length;
            at += path.Length - host.Length + authority;
            path = host[authority..];
        }

        PathSecrets.Find(path, at, found, MarkStyle.Url);
        for (var from = 0; from < path.Length;)
        {
            var length = path[from..].IndexOfAny((byte)'/', (byte)';');
            var end = length < 0 ? path.Length : from + length;
            Pair(path[from..end], at + from, found);
            from = end + 1;
        }
    }

    // Where the authority begins: also in "//host/path" (RFC 3986 §4.2), and in "host:port" of CONNECT.
    private static int LengthOfScheme(ReadOnlySpan<byte> url) =>
        url.IndexOf("://"u8) is >= 0 and var scheme ? scheme + "://"u8.Length
            : url.StartsWith("//"u8) ? "//"u8.Length
            : url is [not (byte)'/', ..] && url.Contains((byte)'@') ? 0
            : -1;
}

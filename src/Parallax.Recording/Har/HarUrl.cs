using System.Buffers;
using System.Globalization;
using System.Text;

namespace Parallax.Recording.Har;

/// <summary>What the URL of a HAR entry becomes on the wire.</summary>
/// <param name="Scheme">In lower case; <c>http</c> when the URL has none.</param>
/// <param name="Authority">What <c>Host</c> says: without user and password, and without the scheme's own port; empty when there is
/// none.</param>
/// <param name="Port">The port; 0 when not known.</param>
/// <param name="Target">What the request line says: path and query, percent-encoded as UTF-8, without the fragment.</param>
/// <remarks>Thread safety: an immutable value.</remarks>
internal readonly record struct HarUrl(string Scheme, string Authority, int Port, string Target)
{
    // Browsers write URLs percent-encoded, proxies write what they show. These characters can never stand in a request line.
    private static readonly SearchValues<char> Raw = SearchValues.Create(
        [.. Enumerable.Range('!', '~' - '!' + 1).Select(code => (char)code)]);

    private static readonly SearchValues<char> SchemeLetters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+.-");

    /// <summary>True when the exchange went over HTTP/1 or a later version of it.</summary>
    public bool IsHttp => Scheme is "http" or "https";

    /// <summary>Reads a URL.</summary>
    /// <param name="url">As written.</param>
    /// <param name="method">The target of CONNECT is the authority.</param>
    public static HarUrl Parse(string url, string method)
    {
        url = url.Trim();
        if (url.StartsWith('/') && !url.StartsWith("//", StringComparison.Ordinal))
        {
            return new("http", "", 0, Encode(url.Split('#')[0]));
        }

        var scheme = SchemeOf(url, out var rest);
        if (scheme is not ("http" or "https"))
        {
            return new(scheme, "", 0, "");
        }

        rest = rest.TrimStart('/');
        var end = rest.IndexOfAny(['/', '?', '#']);
        var authority = AuthorityOf(end < 0 ? rest : rest[..end], scheme, out var port);
        if (method == "CONNECT")
        {
            return new(scheme, authority, port, authority.EndsWith(']') || !authority.Contains(':') ? $"{authority}:{port}" : authority);
        }

        var target = end < 0 ? "" : rest[end..];
        var fragment = target.IndexOf('#', StringComparison.Ordinal);
        target = Encode(fragment < 0 ? target : target[..fragment]);
        return new(scheme, authority, port, target.StartsWith('/') ? target : "/" + target);
    }

    /// <summary>Percent-encodes, as UTF-8, what cannot stand in a request line; the rest stays as it is.</summary>
    public static string Encode(string text)
    {
        if (!text.AsSpan().ContainsAnyExcept(Raw))
        {
            return text;
        }

        var encoded = new StringBuilder(text.Length + 16);
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.IsAscii && Raw.Contains((char)rune.Value))
            {
                encoded.Append((char)rune.Value);
            }
            else if (rune.Value is not ('\t' or '\r' or '\n')) // Browsers take these out of URLs.
            {
                AppendEncoded(encoded, rune);
            }
        }

        return encoded.ToString();
    }

    /// <summary>Appends the UTF-8 octets of a character, each as % and two digits.</summary>
    public static void AppendEncoded(StringBuilder to, Rune rune)
    {
        Span<byte> octets = stackalloc byte[4];
        foreach (var octet in octets[..rune.EncodeToUtf8(octets)])
        {
            to.Append(CultureInfo.InvariantCulture, $"%{octet:X2}");
        }
    }

    // "shop.example:8080/a" has a port, no scheme.
    private static string SchemeOf(string url, out string rest)
    {
        var colon = url.IndexOf(':', StringComparison.Ordinal);
        var isScheme = colon > 0 && char.IsAsciiLetter(url[0])
            && !url.AsSpan(0, colon).ContainsAnyExcept(SchemeLetters)
            && !(colon + 1 < url.Length && char.IsAsciiDigit(url[colon + 1]) && !url.AsSpan(colon).StartsWith("://"));
        rest = isScheme ? url[(colon + 1)..] : url;
        return isScheme ? url[..colon].ToLowerInvariant() : "http";
    }

    private static string AuthorityOf(string written, string scheme, out int port)
    {
        var host = written[(written.LastIndexOf('@') + 1)..];
        var usual = scheme == "https" ? 443 : 80;
        port = usual;
        var colon = host.LastIndexOf(':');
        if (colon > host.LastIndexOf(']')
            && int.TryParse(host.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            port = number is > 0 and < 65_536 ? number : usual;
        }

        var name = colon > host.LastIndexOf(']') ? host[..colon] : host;
        return Ascii(name) + (port == usual ? "" : string.Create(CultureInfo.InvariantCulture, $":{port}"));
    }

    private static string Ascii(string name)
    {
        try
        {
            return name.Length == 0 || System.Text.Ascii.IsValid(name) ? name : new IdnMapping().GetAscii(name);
        }
        catch (ArgumentException)
        {
            return Encode(name);
        }
    }
}

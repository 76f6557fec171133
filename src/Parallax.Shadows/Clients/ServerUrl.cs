using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Parallax.Shadows.Clients;

/// <summary>Where a server is: scheme, host and port.</summary>
/// <param name="IsTls">True for https.</param>
/// <param name="Host">Name or address; IPv6 without its brackets.</param>
/// <param name="Port">1 to 65535.</param>
/// <param name="Authority">Host and port as a Host header has them: the port only when it is not the scheme's own.</param>
/// <remarks>Thread safety: immutable.</remarks>
public sealed record ServerUrl(bool IsTls, string Host, int Port, string Authority)
{
    /// <summary>Reads <c>http://HOST[:PORT]</c> or <c>https://HOST[:PORT]</c>.</summary>
    /// <param name="text">The flag's value.</param>
    /// <param name="url">The URL; null when false is returned.</param>
    /// <param name="error">What is wrong and what would be right; null when true is returned.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out ServerUrl? url, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        url = null;
        if (!text.Contains("://", StringComparison.Ordinal))
        {
            error = $"\"{text}\" lacks the scheme; write http://{text} or https://{text}";
            return false;
        }

        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Host.Length == 0 || uri.Port is < 1 or > 65535)
        {
            error = $"\"{text}\" is not a URL; write http://HOST:PORT or https://HOST:PORT";
            return false;
        }

        error = ErrorOf(text, uri);
        if (error is not null)
        {
            return false;
        }

        var host = uri.IdnHost;
        var inBrackets = host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host;
        var authority = uri.IsDefaultPort ? inBrackets : string.Create(CultureInfo.InvariantCulture, $"{inBrackets}:{uri.Port}");
        url = new ServerUrl(uri.Scheme == Uri.UriSchemeHttps, host, uri.Port, authority);
        return true;
    }

    /// <summary>The URL in its shortest form.</summary>
    public override string ToString() => $"{(IsTls ? "https" : "http")}://{Authority}";

    private static string? ErrorOf(string text, Uri uri)
    {
        if (uri.Scheme != Uri.UriSchemeHttp && uri.Scheme != Uri.UriSchemeHttps)
        {
            return $"\"{text}\" has the scheme \"{uri.Scheme}\"; only http and https can be sent to";
        }

        if (uri.UserInfo.Length > 0)
        {
            return $"\"{text}\" holds a user name; set an Authorization header instead";
        }

        return uri.PathAndQuery != "/" || uri.Fragment.Length > 0
            ? $"\"{text}\" holds a path; requests keep theirs. To change it, rewrite the path"
            : null;
    }
}

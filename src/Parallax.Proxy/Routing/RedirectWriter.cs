using System.Buffers;
using System.Globalization;
using System.Text;
using Parallax.Proxy.Configuration.Model;
using Parallax.Traffic.Rewriting;

namespace Parallax.Proxy.Routing;

/// <summary>Writes where a redirect leads: the Location line of its answer.</summary>
/// <remarks>Thread safety: pure.</remarks>
public static class RedirectWriter
{
    /// <summary>The redirect of a virtual host that answers everything by https.</summary>
    public static RedirectConfig ToHttps { get; } = new() { Status = 301, Scheme = "https" };

    /// <summary>Writes the line, for <see cref="Answer.Lines"/>.</summary>
    /// <param name="redirect">The redirect.</param>
    /// <param name="request">The request that is redirected. Without an authority (HTTP/1.0) it is led to another path of the same server,
    /// unless the redirect names a host.</param>
    /// <param name="listenerPort">The port of the listener as the documents name it.</param>
    /// <param name="matchedPrefix"><see cref="RouteHit.MatchedPrefix"/>.</param>
    /// <param name="output">Where to; appended.</param>
    public static void WriteLocation(
        RedirectConfig redirect, in RoutedRequest request, int listenerPort, int matchedPrefix, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(redirect);
        ArgumentNullException.ThrowIfNull(output);
        output.Write("Location: "u8);
        var target = TargetParts.Of(request.Head, request.Octets);
        var authority = request.AuthorityOf(target);
        if (redirect.Host is not null || !authority.IsEmpty)
        {
            WriteOrigin(redirect, authority, request.IsTls, listenerPort, output);
        }

        WritePath(redirect, target.Path.IsEmpty ? "/"u8 : target.Path.Of(request.Octets), matchedPrefix, output);
        if (!target.Query.IsEmpty && redirect.Path?.Contains('?', StringComparison.Ordinal) != true)
        {
            output.Write("?"u8);
            output.Write(target.Query.Of(request.Octets));
        }

        output.Write("\r\n"u8);
    }

    private static void WriteOrigin(
        RedirectConfig redirect, ReadOnlySpan<byte> authority, bool isTls, int listenerPort, IBufferWriter<byte> output)
    {
        var scheme = redirect.Scheme ?? (isTls ? "https" : "http");
        var usualPort = scheme.Equals("https", StringComparison.OrdinalIgnoreCase) ? 443 : 80;
        var port = redirect.Port ?? (redirect.Scheme is null ? listenerPort : usualPort);
        Write(output, scheme);
        output.Write("://"u8);
        if (redirect is { KeepsAuthority: true, Host: null, Port: null, Scheme: null })
        {
            output.Write(authority);
            return;
        }

        if (redirect.Host is null)
        {
            output.Write(authority[..TargetParts.HostLengthOf(authority)]);
        }
        else
        {
            Write(output, redirect.Host);
        }

        if (port != usualPort)
        {
            Write(output, string.Create(CultureInfo.InvariantCulture, $":{port}"));
        }
    }

    // A prefix is replaced segment by segment: "/a" by "/" leaves "/b" of "/a/b", never "//b".
    private static void WritePath(RedirectConfig redirect, ReadOnlySpan<byte> path, int matchedPrefix, IBufferWriter<byte> output)
    {
        if (redirect.PathPrefix is null)
        {
            Write(output, redirect.Path);
            output.Write(redirect.Path is null ? path : default);
            return;
        }

        var prefix = redirect.PathPrefix.TrimEnd('/');
        var rest = path[Math.Min(matchedPrefix, path.Length)..];
        Write(output, prefix);
        var needsSlash = rest.IsEmpty ? prefix.Length < redirect.PathPrefix.Length : rest[0] != (byte)'/';
        output.Write(needsSlash ? "/"u8 : default);
        output.Write(rest);
    }

    private static void Write(IBufferWriter<byte> output, string? text) => Encoding.UTF8.GetBytes(text ?? "", output);
}

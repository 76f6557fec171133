using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Parallax.Proxy.Configuration.Model;
using Parallax.Traffic.Policy;
using Parallax.Traffic.Rewriting;

namespace Parallax.Proxy.Routing;

/// <summary>The hash of what keeps a client at its endpoint.</summary>
/// <remarks>Thread safety: immutable.</remarks>
internal sealed class RequestHash(LoadBalancerConfig config)
{
    private readonly byte[] _name = Encoding.UTF8.GetBytes(config.HashName);

    /// <summary>True when a client without the cookie is given one.</summary>
    public bool MakesCookie { get; } = config.HashKind == HashKind.Cookie && config.CookieLifetime is not null;

    /// <summary>The hash; false when the request has not got what is looked at.</summary>
    public bool TryFind(in RoutedRequest request, out ulong hash)
    {
        var found = config.HashKind switch
        {
            HashKind.Header => request.Head.TryFind(request.Octets, _name, out var field) ? field.Of(request.Octets) : default,
            HashKind.Cookie => Cookies.TryFind(request.Head, request.Octets, _name, out var cookie) ? cookie.Of(request.Octets) : default,
            HashKind.QueryParam => ParameterOf(request),
            _ => default,
        };
        hash = config.HashKind == HashKind.SourceIp ? StableHash.Of(request.Client) : StableHash.Of(found);
        return config.HashKind == HashKind.SourceIp || !found.IsEmpty;
    }

    private ReadOnlySpan<byte> ParameterOf(in RoutedRequest request)
    {
        var query = TargetParts.Of(request.Head, request.Octets).Query.Of(request.Octets);
        return QueryParams.TryFind(query, _name, out var value) ? value : default;
    }
}

/// <summary>The cookie that keeps a client without one at the endpoint it was given.</summary>
/// <remarks>Thread safety: pure.</remarks>
public static class AffinityCookie
{
    private const int Digits = 16;

    /// <summary>The field line that gives the client the cookie, for <see cref="HeadInputs.AddedLines"/>.</summary>
    /// <param name="config">The cluster's.</param>
    /// <param name="value">What <see cref="LoadBalancer.NewCookie"/> says.</param>
    public static byte[] LineOf(LoadBalancerConfig config, ulong value)
    {
        ArgumentNullException.ThrowIfNull(config);
        var lifetime = config.CookieLifetime is { } time && time > TimeSpan.Zero
            ? string.Create(CultureInfo.InvariantCulture, $"; Max-Age={(long)time.TotalSeconds}")
            : "";
        return Encoding.Latin1.GetBytes(
            string.Create(CultureInfo.InvariantCulture, $"Set-Cookie: {config.HashName}={value:x16}{lifetime}; HttpOnly\r\n"));
    }

    /// <summary>The hash of the cookie's digits.</summary>
    internal static ulong HashOf(ulong value)
    {
        Span<byte> digits = stackalloc byte[Digits];
        Utf8Formatter.TryFormat(value, digits, out _, new StandardFormat('x', Digits));
        return StableHash.Of(digits);
    }
}

using System.Buffers;
using System.Text;

namespace Parallax.Traffic.Exchanges;

/// <summary>The name that exchanges of one kind share: method and path, with what looks like an identifier replaced by <c>{id}</c> and the
/// query left out.</summary>
/// <remarks>Thread safety: pure functions.</remarks>
public static class EndpointName
{
    private const int MaxPathOctets = 200;
    private const int ShortestHexIdentifier = 12;

    private static readonly SearchValues<byte> Digits = SearchValues.Create("0123456789"u8);
    private static readonly SearchValues<byte> HexDigits = SearchValues.Create("0123456789abcdefABCDEF-"u8);
    private static readonly SearchValues<byte> PathEnds = SearchValues.Create("?#"u8);

    /// <summary>The name of a request's endpoint, for example <c>GET /users/{id}</c>.</summary>
    public static string Of(Message request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var octets = request.HeadOctets;
        var name = new StringBuilder().Append(Encoding.Latin1.GetString(request.Head.Method.Of(octets))).Append(' ');
        var path = PathOf(request.Head.Target.Of(octets));
        if (path.Length > MaxPathOctets)
        {
            path = path[..MaxPathOctets];
        }

        foreach (var range in path.Split((byte)'/'))
        {
            var segment = path[range];
            name.Append(range.Start.Value > 0 ? "/" : "").Append(IsIdentifier(segment) ? "{id}" : Encoding.Latin1.GetString(segment));
        }

        return name.ToString();
    }

    private static ReadOnlySpan<byte> PathOf(ReadOnlySpan<byte> target)
    {
        var scheme = target.IndexOf("://"u8);
        if (scheme > 0 && target[0] != (byte)'/')
        {
            var slash = target[(scheme + 3)..].IndexOf((byte)'/');
            target = slash < 0 ? "/"u8 : target[(scheme + 3 + slash)..];
        }

        var end = target.IndexOfAny(PathEnds);
        return end < 0 ? target : target[..end];
    }

    private static bool IsIdentifier(ReadOnlySpan<byte> segment) =>
        !segment.IsEmpty
        && segment.ContainsAny(Digits)
        && (!segment.ContainsAnyExcept(Digits) || (segment.Length >= ShortestHexIdentifier && !segment.ContainsAnyExcept(HexDigits)));
}

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

    /// <summary>Room for the longest name: a method and a path, each segment of which may become longer by being replaced.</summary>
    public const int MaxLength = 32 + 1 + (4 * MaxPathOctets);

    /// <summary>Writes the name of a request's endpoint, for example <c>GET /users/{id}</c>.</summary>
    /// <param name="request">A request with a head.</param>
    /// <param name="name">Where to; <see cref="MaxLength"/> characters.</param>
    /// <returns>The characters written.</returns>
    public static int Write(Message request, Span<char> name)
    {
        ArgumentNullException.ThrowIfNull(request);
        var octets = request.HeadOctets;
        var method = request.Head.Method.Of(octets);
        var written = Encoding.Latin1.GetChars(method[..Math.Min(method.Length, 32)], name);
        name[written++] = ' ';
        var path = PathOf(request.Head.Target.Of(octets));
        if (path.Length > MaxPathOctets)
        {
            path = path[..MaxPathOctets];
        }

        foreach (var range in path.Split((byte)'/'))
        {
            var segment = path[range];
            if (range.Start.Value > 0)
            {
                name[written++] = '/';
            }

            if (IsIdentifier(segment))
            {
                "{id}".CopyTo(name[written..]);
                written += 4;
            }
            else
            {
                written += Encoding.Latin1.GetChars(segment, name[written..]);
            }
        }

        return written;
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

using System.Buffers;

namespace Parallax.Proxy.Routing;

/// <summary>How paths are made one of a kind before routes look at them and they are sent on; as <c>meshConfig.pathNormalization</c> of
/// Istio.</summary>
public enum PathNormalization : byte
{
    /// <summary>Paths stay as clients write them.</summary>
    None,

    /// <summary>RFC 3986 §6.2.2: escapes of unreserved characters are decoded and dot segments removed; <c>\</c> is <c>/</c>. Istio's
    /// default.</summary>
    Base,

    /// <summary>The same, and several slashes in a row are one.</summary>
    MergeSlashes,

    /// <summary>The same, and <c>%2F</c> and <c>%5C</c> are slashes.</summary>
    DecodeAndMergeSlashes,
}

/// <summary>Normalises paths in place: what is normal already costs two searches, and no path becomes longer.</summary>
/// <remarks>
/// Follows what Envoy's <c>normalize_path</c> does, but encodes nothing: octets that Envoy would escape stay. Nothing is decoded twice,
/// and no decoded octet may complete an escape with what is before it. Linear in the path. Thread safety: pure functions.
/// </remarks>
internal static class PathNormalizer
{
    private const int NotDecoded = -1;

    private static readonly SearchValues<byte> Unreserved =
        SearchValues.Create("-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~"u8);

    /// <summary>True when normalising changes nothing.</summary>
    /// <param name="path">A path that begins with a slash; no query.</param>
    /// <param name="level">How far to go.</param>
    public static bool IsNormal(ReadOnlySpan<byte> path, PathNormalization level) => level == PathNormalization.None
        || (path.IndexOfAny((byte)'%', (byte)'\\') < 0
            && path.IndexOf("/."u8) < 0
            && (level == PathNormalization.Base || path.IndexOf("//"u8) < 0));

    /// <summary>Normalises a path.</summary>
    /// <param name="path">A path that begins with a slash; changed.</param>
    /// <param name="level">How far to go.</param>
    /// <param name="length">How many octets of it are left.</param>
    /// <returns>False when it holds <c>%00</c>, which no server takes for part of a path: refuse the request.</returns>
    public static bool TryNormalize(Span<byte> path, PathNormalization level, out int length)
    {
        // What was written so far ends in a segment that begins after the slash at `slash`.
        var (read, write, slash) = (1, 1, 0);
        path[0] = (byte)'/';
        while (read < path.Length)
        {
            var octet = path[read];
            var taken = 1;
            if (octet == '%' && Decoded(path[read..], path[..write], level) is var decoded and not NotDecoded)
            {
                if (decoded == 0)
                {
                    length = 0;
                    return false;
                }

                (octet, taken) = ((byte)decoded, 3);
            }

            read += taken;
            if (octet is (byte)'/' or (byte)'\\')
            {
                EndSegment(path, level, ref write, ref slash);
            }
            else
            {
                path[write++] = octet;
            }
        }

        if (IsDots(path[(slash + 1)..write]))
        {
            EndSegment(path, level, ref write, ref slash);
        }

        length = write;
        return true;
    }

    // A slash follows the segment, or the path ends with dots.
    private static void EndSegment(Span<byte> path, PathNormalization level, ref int write, ref int slash)
    {
        var segment = path[(slash + 1)..write];
        if (segment is [(byte)'.', (byte)'.'])
        {
            slash = slash == 0 ? 0 : path[..slash].LastIndexOf((byte)'/');
            write = slash + 1;
        }
        else if (segment is [(byte)'.'] || (segment.IsEmpty && level >= PathNormalization.MergeSlashes))
        {
            write = slash + 1;
        }
        else
        {
            slash = write;
            path[write++] = (byte)'/';
        }
    }

    private static bool IsDots(ReadOnlySpan<byte> segment) => segment is [(byte)'.'] or [(byte)'.', (byte)'.'];

    // What an escape stands for, where it is to be decoded.
    private static int Decoded(ReadOnlySpan<byte> escape, ReadOnlySpan<byte> before, PathNormalization level)
    {
        if (escape.Length < 3 || !char.IsAsciiHexDigit((char)escape[1]) || !char.IsAsciiHexDigit((char)escape[2]))
        {
            return NotDecoded;
        }

        var octet = (byte)((HexOf(escape[1]) << 4) | HexOf(escape[2]));
        var isDecoded = octet == 0
            || (Unreserved.Contains(octet) && !CompletesEscape(octet, before))
            || (octet is (byte)'/' or (byte)'\\' && level == PathNormalization.DecodeAndMergeSlashes);
        return isDecoded ? octet : NotDecoded;
    }

    private static int HexOf(byte digit) => digit <= (byte)'9' ? digit - '0' : (digit | 0x20) - 'a' + 10;

    // "%%32e" must not become "%2e".
    private static bool CompletesEscape(byte octet, ReadOnlySpan<byte> before) => char.IsAsciiHexDigit((char)octet)
        && (before is [.., (byte)'%'] || (before is [.., (byte)'%', var digit] && char.IsAsciiHexDigit((char)digit)));
}

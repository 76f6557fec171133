namespace Parallax.Wire.Http1;

/// <summary>Judges a request target with octets beyond US-ASCII.</summary>
internal static class RawTarget
{
    /// <summary>True when all readers find the same path and authority in it.</summary>
    /// <param name="target">The target.</param>
    /// <param name="first">Its first octet beyond US-ASCII.</param>
    internal static bool IsValid(ReadOnlySpan<byte> target, int first)
    {
        if (first < PathStart(target))
        {
            return false;
        }

        for (var at = first; at < target.Length; at++)
        {
            var octet = target[at];
            if (octet >= 0x80 ? IsOverlong(target[at..]) : HttpOctets.IsOutsideTarget(octet))
            {
                return false;
            }
        }

        return true;
    }

    // Of a target in absolute form the authority is no place for such octets.
    private static int PathStart(ReadOnlySpan<byte> target)
    {
        if (target[0] == '/')
        {
            return 0;
        }

        var scheme = target.IndexOf("://"u8);
        if (scheme < 0)
        {
            return target.Length;
        }

        var authority = scheme + 3;
        var length = target[authority..].IndexOfAny((byte)'/', (byte)'?');
        return length < 0 ? target.Length : authority + length;
    }

    // A UTF-8 sequence of two to four octets that stands for a character of US-ASCII.
    private static bool IsOverlong(ReadOnlySpan<byte> octets) => octets switch
    {
        [0xC0 or 0xC1, >= 0x80 and <= 0xBF, ..] => true,
        [0xE0, 0x80 or 0x81, >= 0x80 and <= 0xBF, ..] => true,
        [0xF0, 0x80, 0x80 or 0x81, >= 0x80 and <= 0xBF, ..] => true,
        _ => false,
    };
}

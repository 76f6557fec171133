using System.Text;

namespace Parallax.Wire.Http1;

/// <summary>Reads the version of a start line (RFC 9112 §2.3).</summary>
internal static class HttpVersion
{
    //  HTTP-version = "HTTP/" DIGIT "." DIGIT

    private const int MaxLooseMinorDigits = 3;

    /// <summary>False as soon as <paramref name="octets"/> cannot become a status line.</summary>
    internal static bool BeginsLike(ReadOnlySpan<byte> octets, bool loosely)
    {
        var name = "HTTP/"u8;
        name = octets.Length < name.Length ? name[..octets.Length] : name;
        var start = octets[..name.Length];
        return loosely ? Ascii.EqualsIgnoreCase(start, name) : start.SequenceEqual(name);
    }

    /// <summary>Reads the whole of <paramref name="version"/>. HTTP/1 of a minor version above 1 counts as 1.1, the highest we know
    /// (RFC 9110 §2.5); read loosely, it may have several digits or none.</summary>
    internal static Http1Error Read(ReadOnlySpan<byte> version, bool loosely, out int minor)
    {
        minor = 1;
        if (version.SequenceEqual("HTTP/1.1"u8))
        {
            return Http1Error.None;
        }

        if (version.Length < (loosely ? 7 : 8) || !BeginsLike(version, loosely) || !HttpOctets.IsDigit(version[5]) || version[6] != '.')
        {
            return Http1Error.InvalidVersion;
        }

        var digits = version[7..];
        if (digits.Length > (loosely ? MaxLooseMinorDigits : 1) || digits.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
        {
            return Http1Error.InvalidVersion;
        }

        minor = digits.ContainsAnyExcept((byte)'0') ? 1 : 0;
        return version[5] == '1' ? Http1Error.None : Http1Error.UnsupportedVersion;
    }
}

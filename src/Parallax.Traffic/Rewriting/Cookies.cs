using System.Text;
using Parallax.Wire.Http1;

namespace Parallax.Traffic.Rewriting;

/// <summary>Reads the cookies of a request.</summary>
/// <remarks>Thread safety: pure.</remarks>
public static class Cookies
{
    /// <summary>The value of the first cookie of that name.</summary>
    /// <param name="head">A request's head.</param>
    /// <param name="octets">The octets it was read from.</param>
    /// <param name="name">The cookie's name, octet for octet.</param>
    /// <param name="value">Its value; the default when false is returned.</param>
    public static bool TryFind(MessageHead head, ReadOnlySpan<byte> octets, ReadOnlySpan<byte> name, out OctetRange value)
    {
        ArgumentNullException.ThrowIfNull(head);
        for (var index = 0; index < head.FieldCount; index++)
        {
            var field = head[index];
            if (Ascii.EqualsIgnoreCase(field.Name.Of(octets), "cookie"u8) && TryFind(field.Value, octets, name, out value))
            {
                return true;
            }
        }

        value = default;
        return false;
    }

    //  cookie-string = cookie-pair *( ";" SP cookie-pair )          RFC 6265 §4.2.1
    private static bool TryFind(OctetRange cookies, ReadOnlySpan<byte> octets, ReadOnlySpan<byte> name, out OctetRange value)
    {
        var at = cookies.Start;
        while (at < cookies.End)
        {
            var rest = octets[at..cookies.End];
            var blanks = rest.IndexOfAnyExcept((byte)' ', (byte)'\t');
            at += Math.Max(0, blanks);
            rest = octets[at..cookies.End];
            var length = rest.IndexOf((byte)';');
            length = length < 0 ? rest.Length : length;
            var equals = rest[..length].IndexOf((byte)'=');
            if (equals >= 0 && rest[..equals].SequenceEqual(name))
            {
                value = new OctetRange(at + equals + 1, length - equals - 1);
                return true;
            }

            at += length + 1;
        }

        value = default;
        return false;
    }
}

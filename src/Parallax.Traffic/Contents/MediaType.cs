using System.Text;

namespace Parallax.Traffic.Contents;

/// <summary>Reads media types and other fields with parameters (RFC 9110 §8.3).</summary>
/// <remarks>Thread safety: pure functions.</remarks>
internal static class MediaType
{
    /// <summary>The type without its parameters.</summary>
    public static ReadOnlySpan<byte> Of(ReadOnlySpan<byte> field) =>
        (field.IndexOf((byte)';') is >= 0 and var end ? field[..end] : field).Trim(" \t"u8);

    /// <summary>The value of a parameter, <c>; name=value</c>; empty when there is none.</summary>
    /// <param name="field">The field.</param>
    /// <param name="name">The parameter's name. Blanks around the equals sign, which some send, are left out.</param>
    public static ReadOnlySpan<byte> Parameter(ReadOnlySpan<byte> field, ReadOnlySpan<byte> name)
    {
        while (field.IndexOf((byte)';') is >= 0 and var at)
        {
            field = field[(at + 1)..].TrimStart(" \t\r\n"u8);
            if (field.Length > name.Length && Ascii.EqualsIgnoreCase(field[..name.Length], name)
                && field[name.Length..].TrimStart(" \t"u8) is [(byte)'=', .. var rest])
            {
                var value = rest.TrimStart(" \t"u8);
                var isQuoted = value is [(byte)'"', ..];
                value = isQuoted ? value[1..] : value;
                var end = value.IndexOf(isQuoted ? (byte)'"' : (byte)';');
                return (end < 0 ? value : value[..end]).TrimEnd(" \t"u8);
            }
        }

        return default;
    }

    /// <summary>True when a type ends with these octets, in any case.</summary>
    public static bool EndsWith(ReadOnlySpan<byte> media, ReadOnlySpan<byte> ending) =>
        media.Length >= ending.Length && Ascii.EqualsIgnoreCase(media[^ending.Length..], ending);

    /// <summary>True when a type begins with these octets, in any case.</summary>
    public static bool StartsWith(ReadOnlySpan<byte> media, ReadOnlySpan<byte> beginning) =>
        media.Length >= beginning.Length && Ascii.EqualsIgnoreCase(media[..beginning.Length], beginning);
}

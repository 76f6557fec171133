using System.Text;
using Parallax.Wire.Http1;

namespace Parallax.Traffic.Rewriting;

/// <summary>The Connection header of the shadow request (RFC 9110 §7.6.1).</summary>
internal static class ConnectionTokens
{
    private static ReadOnlySpan<byte> Blanks => " \t\r\n"u8;

    /// <summary>Copies a Connection field without the options that end or change the connection; without any left, drops the
    /// line.</summary>
    /// <returns>True when it asks for keep-alive.</returns>
    public static bool Write(in HeaderField field, ref HeadCopy copy)
    {
        var value = field.Value.Of(copy.Octets);
        var kept = 0;
        var dropped = 0;
        var keepsAlive = false;
        foreach (var range in value.Split((byte)','))
        {
            var token = value[range].Trim(Blanks);
            if (IsOurs(token))
            {
                dropped++;
            }
            else if (!token.IsEmpty)
            {
                kept++;
                keepsAlive |= Ascii.EqualsIgnoreCase(token, "keep-alive"u8);
            }
        }

        if (dropped > 0 && kept == 0)
        {
            copy.DropLine(field);
        }
        else if (dropped > 0)
        {
            WriteKept(field, value, ref copy);
        }

        return keepsAlive;
    }

    private static void WriteKept(in HeaderField field, ReadOnlySpan<byte> value, ref HeadCopy copy)
    {
        copy.CopyTo(field.Value.Start);
        var isFirst = true;
        foreach (var range in value.Split((byte)','))
        {
            var token = value[range].Trim(Blanks);
            if (token.IsEmpty || IsOurs(token))
            {
                continue;
            }

            copy.Write(isFirst ? default : ", "u8);
            copy.Write(token);
            isFirst = false;
        }

        copy.SkipTo(field.Value.End);
    }

    private static bool IsOurs(ReadOnlySpan<byte> token) => token.Length switch
    {
        5 => Ascii.EqualsIgnoreCase(token, "close"u8),
        7 => Ascii.EqualsIgnoreCase(token, "upgrade"u8),
        14 => Ascii.EqualsIgnoreCase(token, "http2-settings"u8),
        _ => false,
    };
}

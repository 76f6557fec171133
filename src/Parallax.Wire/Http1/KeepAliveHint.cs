using System.Buffers.Text;
using System.Text;

namespace Parallax.Wire.Http1;

/// <summary>The Keep-Alive field, with which a server says how long it keeps an idle connection and how many more requests it takes there
/// (RFC 2068 §19.7.1.1; Apache, Node.js and many others send it).</summary>
internal static class KeepAliveHint
{
    //  Keep-Alive: timeout=5, max=100          seen besides: timeout="5"    Timeout = 5    timeout=5; max=100    5

    /// <summary>What one field line says.</summary>
    /// <param name="value">Its value.</param>
    /// <returns>Seconds; 0 also where no more requests are taken; -1 when it says nothing that can be understood.</returns>
    internal static int SecondsOf(ReadOnlySpan<byte> value)
    {
        var seconds = -1;
        foreach (var range in value.SplitAny(",;"u8))
        {
            var parameter = value[range];
            var equals = parameter.IndexOf((byte)'=');
            var name = equals < 0 ? default : parameter[..equals].Trim(" \t"u8);
            if (!TryReadNumber(parameter[(equals + 1)..], out var number))
            {
                continue;
            }

            if (equals < 0 || Ascii.EqualsIgnoreCase(name, "timeout"u8))
            {
                seconds = seconds < 0 ? number : Math.Min(seconds, number);
            }
            else if (number == 0 && Ascii.EqualsIgnoreCase(name, "max"u8))
            {
                return 0;
            }
        }

        return seconds;
    }

    // Digits, quoted or not, and whatever follows them.
    private static bool TryReadNumber(ReadOnlySpan<byte> text, out int number)
    {
        text = text.TrimStart(" \t\""u8);
        number = 0;
        if (text.IsEmpty || !HttpOctets.IsDigit(text[0]))
        {
            return false;
        }

        number = Utf8Parser.TryParse(text, out int parsed, out _) ? parsed : int.MaxValue;
        return true;
    }
}

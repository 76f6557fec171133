using System.Buffers;

namespace Parallax.Traffic.Redaction;

/// <summary>Numbers of cards and accounts, known by their check digits.</summary>
/// <remarks>Thread safety: pure functions.</remarks>
internal static class SecretNumbers
{
    private const int LongestCard = 19;
    private const int LongestIban = 34;

    /// <summary>The octets of a word; a number ends where its word ends.</summary>
    public static readonly SearchValues<byte> Word =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.+@"u8);

    /// <summary>13 to 19 digits, single blanks or hyphens between them, with a right check digit (ISO/IEC 7812); 0 when the
    /// text does not begin with such a number.</summary>
    public static int CardLength(ReadOnlySpan<byte> text)
    {
        Span<byte> digits = stackalloc byte[LongestCard];
        var (count, at) = (0, 0);
        for (; at < text.Length; at++)
        {
            if (IsDigit(text[at]))
            {
                if (count == LongestCard)
                {
                    return 0;
                }

                digits[count++] = (byte)(text[at] - '0');
            }
            else if (text[at] is not ((byte)' ' or (byte)'-') || at + 1 == text.Length || !IsDigit(text[at + 1]))
            {
                break;
            }
        }

        // Cards begin with 2 to 6; numbers that begin with 1 are times.
        return count >= 13 && digits[0] is >= 2 and <= 6 && (at == text.Length || !Word.Contains(text[at]) || text[at] == (byte)'.')
            && HasLuhnDigit(digits[..count])
            ? at
            : 0;
    }

    private static bool HasLuhnDigit(ReadOnlySpan<byte> digits)
    {
        var sum = 0;
        for (var fromEnd = 0; fromEnd < digits.Length; fromEnd++)
        {
            var digit = digits[^(fromEnd + 1)] * (1 + (fromEnd & 1));
            sum += digit > 9 ? digit - 9 : digit;
        }

        return sum % 10 == 0;
    }

    /// <summary>Country, two check digits, 11 to 30 letters and digits, single blanks between groups (ISO 13616); 0 when the text does
    /// not begin with such a number.</summary>
    public static int IbanLength(ReadOnlySpan<byte> text)
    {
        if (text.Length < 15 || !IsUpper(text[1]) || !IsDigit(text[2]) || !IsDigit(text[3]))
        {
            return 0;
        }

        Span<byte> compact = stackalloc byte[LongestIban];
        var count = 0;
        for (var at = 0; at < text.Length && count < LongestIban; at++)
        {
            if (IsUpper(text[at]) || IsDigit(text[at]))
            {
                compact[count++] = text[at];
                var isGroupEnd = at + 1 == text.Length || !Word.Contains(text[at + 1]);
                if (isGroupEnd && count >= 15 && HasIbanDigits(compact[..count]))
                {
                    return at + 1;
                }
            }
            else if (text[at] != (byte)' ' || at + 1 == text.Length || !(IsUpper(text[at + 1]) || IsDigit(text[at + 1])))
            {
                return 0;
            }
        }

        return 0;
    }

    private static bool HasIbanDigits(ReadOnlySpan<byte> iban)
    {
        var rest = 0;
        for (var at = 0; at < iban.Length; at++)
        {
            var octet = iban[(at + 4) % iban.Length];
            rest = IsDigit(octet) ? ((rest * 10) + octet - '0') % 97 : ((rest * 100) + octet - 'A' + 10) % 97;
        }

        return rest == 1;
    }

    private static bool IsDigit(byte octet) => octet is >= (byte)'0' and <= (byte)'9';

    private static bool IsUpper(byte octet) => octet is >= (byte)'A' and <= (byte)'Z';
}

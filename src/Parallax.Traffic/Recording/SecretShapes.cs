using System.Buffers;
using Parallax.Wire.Http1;

namespace Parallax.Traffic.Recording;

/// <summary>Finds what has the shape of a secret, wherever it stands: tokens, keys, addresses, numbers of cards and accounts.</summary>
/// <remarks>Thread safety: pure functions.</remarks>
internal static class SecretShapes
{
    private const int ShortestSecret = 6;
    private const int LongestCard = 19;
    private const int LongestIban = 34;

    private static readonly SearchValues<byte> Word =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.+@"u8);

    // A secret that holds none of the telling strings begins with one of these.
    private static readonly SearchValues<byte> Beginnings = SearchValues.Create("-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZgwx"u8);

    /// <summary>True when any word of a text may be a secret: addresses, JSON Web Tokens and some keys show only within it. Of any other
    /// text only the words with certain beginnings have to be looked at.</summary>
    public static bool MayBeAnywhere(ReadOnlySpan<byte> text) =>
        text.Contains((byte)'@') || text.IndexOf("eyJ"u8) >= 0 || text.IndexOf("k_live_"u8) >= 0 || text.IndexOf("k_test_"u8) >= 0;

    /// <summary>Finds the first secret at or behind <paramref name="from"/>.</summary>
    /// <param name="text">Octets of text in any encoding that holds US-ASCII.</param>
    /// <param name="isAnywhere">What <see cref="MayBeAnywhere"/> says of the text: asked once for all secrets in it.</param>
    /// <param name="from">Where to begin; the beginning of the text or behind what was found.</param>
    /// <param name="place">Where it is.</param>
    /// <param name="kind">What it is.</param>
    /// <returns>False when there is none.</returns>
    public static bool TryFind(ReadOnlySpan<byte> text, bool isAnywhere, int from, out OctetRange place, out ReadOnlySpan<byte> kind)
    {
        var first = from;
        while (true)
        {
            var start = text[from..].IndexOfAny(isAnywhere ? Word : Beginnings);
            if (start < 0)
            {
                place = default;
                kind = default;
                return false;
            }

            start += from;
            var length = text[start..].IndexOfAnyExcept(Word);
            var run = length < 0 ? text[start..] : text.Slice(start, length);
            var isWhole = start == first || !Word.Contains(text[start - 1]);
            var found = isWhole ? FindIn(text, start, run, out kind) : NothingIn(out kind);
            if (found > 0)
            {
                place = new(start, found);
                return true;
            }

            from = start + run.Length;
        }
    }

    private static int NothingIn(out ReadOnlySpan<byte> kind)
    {
        kind = default;
        return 0;
    }

    /// <summary>The length of the secret that begins with a run of word octets; 0 when it is none.</summary>
    private static int FindIn(ReadOnlySpan<byte> text, int start, ReadOnlySpan<byte> run, out ReadOnlySpan<byte> kind)
    {
        kind = default;
        if (run[0] == (byte)'-')
        {
            kind = "pem"u8;
            return PemLength(text[start..]);
        }

        if (IsDigit(run[0]))
        {
            kind = "card"u8;
            var card = CardLength(text[start..]);
            if (card > 0)
            {
                return card;
            }
        }
        else if (IsUpper(run[0]))
        {
            kind = "iban"u8;
            var iban = IbanLength(text[start..]);
            if (iban > 0)
            {
                return iban;
            }
        }

        if (run.Length < ShortestSecret)
        {
            return 0;
        }

        kind = KindOf(run);
        return kind.IsEmpty ? 0 : run.Length;
    }

    private static ReadOnlySpan<byte> KindOf(ReadOnlySpan<byte> run)
    {
        if (IsEmail(run))
        {
            return "email"u8;
        }

        if (run.Length >= 24 && run.IndexOf("eyJ"u8) >= 0 && run.Count((byte)'.') >= 2)
        {
            return "jwt"u8;
        }

        return run.Length switch
        {
            20 when (run.StartsWith("AKIA"u8) || run.StartsWith("ASIA"u8)) && !run.ContainsAnyInRange((byte)'a', (byte)'z') => "aws-key"u8,
            >= 36 when run.StartsWith("gh"u8) && run[3] == (byte)'_' => "github-token"u8,
            >= 36 when run.StartsWith("github_pat_"u8) => "github-token"u8,
            >= 15 when run.StartsWith("xox"u8) && run[4] == (byte)'-' => "slack-token"u8,
            >= 15 when run.StartsWith("xapp-"u8) => "slack-token"u8,
            >= 16 when run[1..].StartsWith("k_live_"u8) || run[1..].StartsWith("k_test_"u8) => "stripe-key"u8,
            >= 16 when run.StartsWith("whsec_"u8) => "stripe-key"u8,
            _ => default,
        };
    }

    private static bool IsEmail(ReadOnlySpan<byte> run)
    {
        var at = run.IndexOf((byte)'@');
        var domain = at > 0 ? run[(at + 1)..] : default;
        var dot = domain.LastIndexOf((byte)'.');
        return dot > 0 && dot + 1 < domain.Length && domain.IndexOf((byte)'@') < 0 && !IsDigit(domain[^1]);
    }

    private static int PemLength(ReadOnlySpan<byte> text)
    {
        if (!text.StartsWith("-----BEGIN "u8))
        {
            return 0;
        }

        // A key that is cut off is a secret to its end.
        var end = text.IndexOf("-----END "u8);
        if (end < 0)
        {
            return text.Length;
        }

        end += "-----END "u8.Length;
        var dashes = text[end..].IndexOf("-----"u8);
        return dashes < 0 ? text.Length : end + dashes + "-----"u8.Length;
    }

    /// <summary>13 to 19 digits, single blanks or hyphens between them, with a right check digit (ISO/IEC 7812).</summary>
    private static int CardLength(ReadOnlySpan<byte> text)
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

    /// <summary>Country, two check digits, 11 to 30 letters and digits, single blanks between groups (ISO 13616).</summary>
    private static int IbanLength(ReadOnlySpan<byte> text)
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

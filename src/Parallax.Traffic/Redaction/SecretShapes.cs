using System.Buffers;
using System.Text;

namespace Parallax.Traffic.Redaction;

/// <summary>Finds what has the shape of a secret, wherever it stands in a text: tokens, keys, addresses, numbers of cards and accounts.
/// </summary>
/// <remarks>Thread safety: pure functions.</remarks>
internal static class SecretShapes
{
    private const int ShortestSecret = 6;
    private const int ShortestToken = 15;
    private const int ShortestCredentials = 8;

    // What stands between other octets may be a secret.
    private static readonly SearchValues<byte> Word = SecretNumbers.Word;

    private static readonly SearchValues<byte> Credentials =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.+/~="u8);

    private static readonly SearchValues<byte> Letters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    private static readonly SearchValues<byte> Joints = SearchValues.Create("-_.+"u8);

    private static readonly OctetClass[] Octets = [.. Enumerable.Range(0, 256).Select(ClassOf)];

    // What is called image@2x.png is not an address.
    private static readonly string[] FileEndings =
        ["png", "jpg", "jpeg", "gif", "svg", "webp", "avif", "ico", "css", "js", "mjs", "ts", "map", "json", "html", "xml", "woff", "tgz"];

    private enum OctetClass : byte
    {
        Other,
        Word,

        /// <summary>A short word that is a secret begins with it.</summary>
        Telling,
    }

    /// <summary>Finds them.</summary>
    /// <param name="text">Octets of text in any encoding that holds US-ASCII.</param>
    /// <param name="at">Where it begins in the octets that <paramref name="found"/> speaks of.</param>
    /// <param name="found">Gains the secrets.</param>
    /// <param name="style">How marks are written there.</param>
    public static void Find(ReadOnlySpan<byte> text, int at, FoundSecrets found, MarkStyle style)
    {
        if (text.Length < ShortestSecret)
        {
            return;
        }

        var hasAddress = text.Contains((byte)'@');
        for (var from = 0; from < text.Length;)
        {
            var start = from;
            var length = LengthOfWord(text[start..]);
            if (length == 0)
            {
                from++;
                continue;
            }

            from = start + length;
            var run = text[start..from];
            if (length < ShortestToken && !hasAddress && Octets[run[0]] != OctetClass.Telling)
            {
                continue;
            }

            if (Match(text, start, run, hasAddress) is var (offset, size, kind) && size > 0)
            {
                found.Add(at + start + offset, size, kind, style);
                from = Math.Max(from, start + offset + size);
            }
        }
    }

    // Most words are short, so that looking at their octets one by one costs less than the search for their end.
    private static int LengthOfWord(ReadOnlySpan<byte> text)
    {
        var near = text.Length > ShortestToken ? text[..ShortestToken] : text;
        for (var at = 0; at < near.Length; at++)
        {
            if (Octets[near[at]] == OctetClass.Other)
            {
                return at;
            }
        }

        var rest = text[near.Length..].IndexOfAnyExcept(Word);
        return rest < 0 ? text.Length : near.Length + rest;
    }

    private static OctetClass ClassOf(int octet) => (char)octet switch
    {
        >= 'A' and <= 'Z' or >= '2' and <= '6' or '-' => OctetClass.Telling,
        '_' or '.' or '+' or '@' => OctetClass.Word,
        _ => octet < 128 && char.IsAsciiLetterOrDigit((char)octet) ? OctetClass.Word : OctetClass.Other,
    };

    private static (int Offset, int Length, SecretKind Kind) Match(
        ReadOnlySpan<byte> text, int start, ReadOnlySpan<byte> run, bool hasAddress)
    {
        var first = run[0];
        if (first is >= (byte)'2' and <= (byte)'6' && SecretNumbers.CardLength(text[start..]) is > 0 and var card)
        {
            return (0, card, SecretKind.Card);
        }

        if (first is >= (byte)'A' and <= (byte)'Z' && SecretNumbers.IbanLength(text[start..]) is > 0 and var iban)
        {
            return (0, iban, SecretKind.Iban);
        }

        if (first == (byte)'-' && PemLength(text[start..]) is > 0 and var pem)
        {
            return (0, pem, SecretKind.Pem);
        }

        if (run.Length < ShortestSecret)
        {
            return first == (byte)'B' && run.SequenceEqual("Basic"u8) ? AfterScheme(text, start, run) : default;
        }

        if (first == (byte)'B' && run.SequenceEqual("Bearer"u8))
        {
            return AfterScheme(text, start, run);
        }

        if (hasAddress && AddressLength(run) is > 0 and var address)
        {
            return (0, address, SecretKind.Email);
        }

        return run.Length >= ShortestToken && SecretTokens.TryKnow(run, out var kind) ? (0, run.Length, kind) : default;
    }

    // "Bearer abc": the words after the scheme of "Authorization".
    private static (int Offset, int Length, SecretKind Kind) AfterScheme(ReadOnlySpan<byte> text, int start, ReadOnlySpan<byte> run)
    {
        var offset = run.Length + 1;
        var rest = text.Length > start + offset && text[start + run.Length] == (byte)' ' ? text[(start + offset)..] : default;
        var length = rest.IndexOfAnyExcept(Credentials) is >= 0 and var end ? end : rest.Length;
        return length >= ShortestCredentials && rest[..length].ContainsAnyInRange((byte)'0', (byte)'9')
            ? (offset, length, SecretKind.Authorization)
            : default;
    }

    // A sentence may end with it.
    private static int AddressLength(ReadOnlySpan<byte> run)
    {
        run = run[..(run.LastIndexOfAnyExcept(Joints) + 1)];
        var at = run.IndexOf((byte)'@');
        var domain = at > 0 ? run[(at + 1)..] : default;
        var dot = domain.LastIndexOf((byte)'.');
        var ending = domain[(dot + 1)..];
        return dot > 0 && ending.Length > 1 && domain.IndexOf((byte)'@') < 0 && ending.IndexOfAnyExcept(Letters) < 0 && !IsFile(ending)
            ? run.Length
            : 0;
    }

    private static bool IsFile(ReadOnlySpan<byte> ending)
    {
        foreach (var file in FileEndings)
        {
            if (Ascii.EqualsIgnoreCase(ending, file))
            {
                return true;
            }
        }

        return false;
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
}

using System.Buffers;

namespace Parallax.Traffic.Redaction;

/// <summary>Knows the tokens and keys of services by how they begin, and others by how they look.</summary>
/// <remarks>Thread safety: pure functions.</remarks>
internal static class SecretTokens
{
    private const int ShortestLikely = 16;
    private const int ShortestRandom = 32;
    private const int UuidLength = 36;

    // As their issuers document them; with the least octets of a whole one.
    private static readonly (byte[] Prefix, int Least, SecretKind Kind)[] Known =
    [
        ("gho_"u8.ToArray(), 36, SecretKind.GithubToken), ("ghp_"u8.ToArray(), 36, SecretKind.GithubToken),
        ("ghr_"u8.ToArray(), 36, SecretKind.GithubToken), ("ghs_"u8.ToArray(), 36, SecretKind.GithubToken),
        ("ghu_"u8.ToArray(), 36, SecretKind.GithubToken), ("github_pat_"u8.ToArray(), 36, SecretKind.GithubToken),
        ("xoxa-"u8.ToArray(), 15, SecretKind.SlackToken), ("xoxb-"u8.ToArray(), 15, SecretKind.SlackToken),
        ("xoxc-"u8.ToArray(), 15, SecretKind.SlackToken), ("xoxd-"u8.ToArray(), 15, SecretKind.SlackToken),
        ("xoxe-"u8.ToArray(), 15, SecretKind.SlackToken), ("xoxe."u8.ToArray(), 15, SecretKind.SlackToken),
        ("xoxo-"u8.ToArray(), 15, SecretKind.SlackToken), ("xoxp-"u8.ToArray(), 15, SecretKind.SlackToken),
        ("xoxr-"u8.ToArray(), 15, SecretKind.SlackToken), ("xoxs-"u8.ToArray(), 15, SecretKind.SlackToken),
        ("xapp-"u8.ToArray(), 15, SecretKind.SlackToken),
        ("sk_live_"u8.ToArray(), 16, SecretKind.StripeKey), ("sk_test_"u8.ToArray(), 16, SecretKind.StripeKey),
        ("pk_live_"u8.ToArray(), 16, SecretKind.StripeKey), ("pk_test_"u8.ToArray(), 16, SecretKind.StripeKey),
        ("rk_live_"u8.ToArray(), 16, SecretKind.StripeKey), ("rk_test_"u8.ToArray(), 16, SecretKind.StripeKey),
        ("whsec_"u8.ToArray(), 16, SecretKind.StripeKey),
        ("sk-"u8.ToArray(), 24, SecretKind.Token), ("SG."u8.ToArray(), 40, SecretKind.Token), ("AIza"u8.ToArray(), 35, SecretKind.Token),
        ("ya29."u8.ToArray(), 24, SecretKind.Token), ("GOCSPX-"u8.ToArray(), 24, SecretKind.Token),
        ("glpat-"u8.ToArray(), 20, SecretKind.Token), ("glptt-"u8.ToArray(), 20, SecretKind.Token),
        ("gldt-"u8.ToArray(), 20, SecretKind.Token), ("glrt-"u8.ToArray(), 20, SecretKind.Token),
        ("glcbt-"u8.ToArray(), 20, SecretKind.Token), ("glsoat-"u8.ToArray(), 20, SecretKind.Token),
        ("npm_"u8.ToArray(), 36, SecretKind.Token), ("pypi-"u8.ToArray(), 50, SecretKind.Token),
        ("dop_v1_"u8.ToArray(), 40, SecretKind.Token), ("doo_v1_"u8.ToArray(), 40, SecretKind.Token),
        ("dor_v1_"u8.ToArray(), 40, SecretKind.Token), ("hf_"u8.ToArray(), 30, SecretKind.Token),
        ("shpat_"u8.ToArray(), 32, SecretKind.Token), ("shpss_"u8.ToArray(), 32, SecretKind.Token),
        ("shpca_"u8.ToArray(), 32, SecretKind.Token), ("shppa_"u8.ToArray(), 32, SecretKind.Token),
        ("hvs."u8.ToArray(), 24, SecretKind.Token), ("hvb."u8.ToArray(), 24, SecretKind.Token),
        ("dckr_pat_"u8.ToArray(), 24, SecretKind.Token), ("ATATT3"u8.ToArray(), 40, SecretKind.Token),
        ("sntrys_"u8.ToArray(), 30, SecretKind.Token), ("sntryu_"u8.ToArray(), 30, SecretKind.Token),
        ("lin_api_"u8.ToArray(), 30, SecretKind.Token), ("PMAK-"u8.ToArray(), 40, SecretKind.Token),
        ("NRAK-"u8.ToArray(), 24, SecretKind.Token), ("xkeysib-"u8.ToArray(), 40, SecretKind.Token),
        ("EAA"u8.ToArray(), 80, SecretKind.Token), ("rubygems_"u8.ToArray(), 40, SecretKind.Token),
        ("secret_"u8.ToArray(), 40, SecretKind.Token), ("ntn_"u8.ToArray(), 40, SecretKind.Token),
        ("sq0atp-"u8.ToArray(), 24, SecretKind.Token), ("sq0csp-"u8.ToArray(), 40, SecretKind.Token),
        ("figd_"u8.ToArray(), 30, SecretKind.Token), ("dapi"u8.ToArray(), 36, SecretKind.Token),
        ("AGE-SECRET-KEY-"u8.ToArray(), 50, SecretKind.Token), ("dp.pt."u8.ToArray(), 40, SecretKind.Token),
    ];

    private static readonly (byte[] Prefix, int Least, SecretKind Kind)[][] ByFirst = [.. Enumerable.Range(0, 128)
        .Select(first => Known.Where(known => known.Prefix[0] == first).ToArray())];

    private static readonly SearchValues<byte> TokenOctets =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.~+/=%:|"u8);

    private static readonly SearchValues<byte> WordOctets =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"u8);

    private static readonly SearchValues<byte> HexOctets = SearchValues.Create("0123456789abcdefABCDEF-"u8);

    /// <summary>True when a word of 15 octets or more is a JSON Web Token, or the token or key of a service.</summary>
    public static bool TryKnow(ReadOnlySpan<byte> word, out SecretKind kind)
    {
        if (word.Length >= 24 && word.IndexOf("eyJ"u8) >= 0 && word.Count((byte)'.') >= 2)
        {
            kind = SecretKind.Jwt;
            return true;
        }

        if (word.Length == 20 && (word.StartsWith("AKIA"u8) || word.StartsWith("ASIA"u8))
            && !word.ContainsAnyInRange((byte)'a', (byte)'z'))
        {
            kind = SecretKind.AwsKey;
            return true;
        }

        foreach (var (prefix, least, known) in word[0] < 128 ? ByFirst[word[0]] : [])
        {
            if (word.Length >= least && word.StartsWith(prefix) && HasDigit(word[prefix.Length..]))
            {
                kind = known;
                return true;
            }
        }

        kind = default;
        return false;
    }

    /// <summary>True when a value that stands where a secret may stand looks like one: letters and digits mixed, too long for a word.
    /// </summary>
    public static bool IsLikely(ReadOnlySpan<byte> value) =>
        value.Length >= ShortestLikely && value.IndexOfAnyExcept(TokenOctets) < 0 && HasDigit(value) && HasLetter(value);

    /// <summary>True when a value was drawn at random and is long: no name, number, date, UUID or hash is.</summary>
    public static bool IsRandom(ReadOnlySpan<byte> value) =>
        value.Length >= ShortestRandom && value.IndexOfAnyExcept(WordOctets) < 0
            && value.ContainsAnyInRange((byte)'A', (byte)'Z') && value.ContainsAnyInRange((byte)'a', (byte)'z')
            && DigitGroups(value) >= 3 && value.IndexOfAnyExcept(HexOctets) >= 0;

    /// <summary>True for a UUID, or another number in hexadecimal digits: an identifier more often than a secret.</summary>
    public static bool IsHexadecimal(ReadOnlySpan<byte> value) => value.Length <= UuidLength && value.IndexOfAnyExcept(HexOctets) < 0;

    private static bool HasDigit(ReadOnlySpan<byte> value) => value.ContainsAnyInRange((byte)'0', (byte)'9');

    private static bool HasLetter(ReadOnlySpan<byte> value) =>
        value.ContainsAnyInRange((byte)'a', (byte)'z') || value.ContainsAnyInRange((byte)'A', (byte)'Z');

    /// <summary>How many runs of digits a value has: words with a year or a size have one or two.</summary>
    public static int DigitGroups(ReadOnlySpan<byte> value)
    {
        var groups = 0;
        var isDigit = false;
        foreach (var octet in value)
        {
            var wasDigit = isDigit;
            isDigit = octet is >= (byte)'0' and <= (byte)'9';
            groups += isDigit && !wasDigit ? 1 : 0;
        }

        return groups;
    }
}

using System.Buffers;
using System.Collections.Frozen;

namespace Parallax.Traffic.Redaction;

/// <summary>What the name of a value says of it.</summary>
internal enum KeyMeaning : byte
{
    /// <summary>Nothing.</summary>
    Plain,

    /// <summary>It is a secret.</summary>
    Secret,

    /// <summary>It is a secret unless it is a number: tokens are counted, too.</summary>
    Countable,

    /// <summary>It is a secret when it looks like one.</summary>
    Doubtful,

    /// <summary>It is a secret when it looks like a code that somebody was sent.</summary>
    Code,
}

/// <summary>Which keys, of a query, a form, JSON, an element, an assignment, stand for secrets.</summary>
/// <remarks>Thread safety: immutable.</remarks>
internal static class SecretKeys
{
    private const int LongestKey = 64;
    private const int LongestCode = 4096;

    // Within a key, its words joined: accessToken, access_token and access-token are one.
    private static readonly SearchValues<string> Parts = SearchValues.Create(
        [
            "token", "secret", "passw", "passphrase", "passkey", "apikey", "accesskey", "accountkey", "appkey", "authkey", "consumerkey",
            "encryptionkey", "functionkey", "hostkey", "licensekey", "masterkey", "privatekey", "privkey", "sessionkey", "sharedkey",
            "sharedaccess", "signingkey", "sshkey", "storagekey", "subscriptionkey", "credential", "sessionid", "sessid", "csrf", "xsrf",
            "authorization", "authcode", "signature", "creditcard", "cardnumber", "ccnumber", "securitycode", "verificationcode",
            "recoverycode", "activationcode", "onetimecode", "passcode", "assertion", "samlresponse", "connectionstring", "connstr",
            "socialsecurity", "mnemonic", "seedphrase", "kennwort", "motdepasse", "contrase",
        ],
        StringComparison.Ordinal);

    // Of what is called so, these say something about a secret and are none.
    private static readonly string[] HarmlessEndings =
    [
        "algorithm", "count", "enabled", "endpoint", "expired", "expires", "expiresat", "expiresin", "expiry", "field", "format",
        "label", "length", "limit", "method", "policy", "required", "size", "type", "uri", "url", "usage", "version",
    ];

    private static readonly FrozenDictionary<string, KeyMeaning>.AlternateLookup<ReadOnlySpan<char>> WholeKeys = Meanings(
        (KeyMeaning.Secret, [
            "auth", "authentication", "bearer", "cookie", "cookies", "cvc", "cvc2", "cvv", "cvv2", "iban", "jwt", "keypairid", "otp", "pan",
            "pass", "pin", "pwd", "sas", "session", "setcookie", "sid", "sig", "ssn", "totp", "xauth",
        ]),
        (KeyMeaning.Code, ["code"]),
        (KeyMeaning.Doubtful, ["hmac", "key", "nonce", "policy", "state", "ticket", "webhook"]))
        .GetAlternateLookup<ReadOnlySpan<char>>();

    private static readonly SearchValues<char> Ends = SearchValues.Create("[./$:");

    /// <summary>What a key says of its value.</summary>
    public static KeyMeaning MeaningOf(ReadOnlySpan<byte> key)
    {
        if (key.IsEmpty)
        {
            return KeyMeaning.Plain;
        }

        Span<char> buffer = stackalloc char[LongestKey];
        var lower = Joined(key.Length > LongestKey ? key[^LongestKey..] : key, buffer);
        var last = lower.LastIndexOfAny(Ends) is >= 0 and var end ? lower[(end + 1)..] : lower;
        if (WholeKeys.TryGetValue(last, out var meaning))
        {
            return meaning;
        }

        if (!lower.ContainsAny(Parts) && !last.EndsWith("pwd"))
        {
            return KeyMeaning.Plain;
        }

        foreach (var ending in HarmlessEndings)
        {
            if (last.EndsWith(ending))
            {
                return KeyMeaning.Plain;
            }
        }

        return last.EndsWith("tokens") ? KeyMeaning.Countable : KeyMeaning.Secret;
    }

    /// <summary>True when a value is a secret because of what it is called.</summary>
    /// <param name="meaning">What its key says.</param>
    /// <param name="value">The value, without escapes where that is known.</param>
    public static bool IsSecret(KeyMeaning meaning, ReadOnlySpan<byte> value) => meaning switch
    {
        KeyMeaning.Plain => false,
        KeyMeaning.Countable => value.ContainsAnyExceptInRange((byte)'0', (byte)'9'),
        KeyMeaning.Doubtful => SecretTokens.IsLikely(value) && !SecretTokens.IsHexadecimal(value) && !value.Contains((byte)'/'),
        KeyMeaning.Code => value.Length <= LongestCode && IsCode(value),
        _ => true,
    };

    // Codes of errors, countries, articles are shorter, or no mixture of letters and digits.
    private static bool IsCode(ReadOnlySpan<byte> value)
    {
        var isNumber = !value.ContainsAnyExceptInRange((byte)'0', (byte)'9');
        var isWord = value.ContainsAny("-_ ."u8);
        return isNumber ? value.Length is >= 6 and <= 8
            : value.Length >= (isWord ? 16 : 8) && value.ContainsAnyInRange((byte)'0', (byte)'9') && !value.Contains((byte)' ');
    }

    private static FrozenDictionary<string, KeyMeaning> Meanings(params (KeyMeaning Meaning, string[] Keys)[] keys) =>
        keys.SelectMany(each => each.Keys.Select(key => (key, each.Meaning)))
            .ToFrozenDictionary(each => each.key, each => each.Meaning, StringComparer.Ordinal);

    private static Span<char> Joined(ReadOnlySpan<byte> key, Span<char> lower)
    {
        var length = 0;
        foreach (var octet in key)
        {
            if (octet is not ((byte)'_' or (byte)'-' or (byte)' ' or (byte)']' or (byte)'"' or (byte)'\''))
            {
                lower[length++] = octet is >= (byte)'A' and <= (byte)'Z' ? (char)(octet | 0x20) : (char)octet;
            }
        }

        return lower[..length];
    }
}

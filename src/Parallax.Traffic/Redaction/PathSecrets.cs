using System.Buffers;
using System.Collections.Frozen;
using Parallax.Traffic.Contents;

namespace Parallax.Traffic.Redaction;

/// <summary>Finds what opens a door in the authority and the path of a URL: user and password, tokens of web hooks, of invitations, of
/// sessions.</summary>
/// <remarks>Identifiers stay: UUIDs, hashes, numbers, words. Thread safety: pure functions.</remarks>
internal static class PathSecrets
{
    private const int LongestSegment = 32;
    private const int LongestUser = 256;
    private const int ShortestToken = 16;
    private const int ShortestHookToken = 20;
    private const int ShortestTelegramToken = 30;

    private static readonly SearchValues<byte> EndOfAuthority = SearchValues.Create("/?# \t\r\n\"'<>\\`"u8);
    private static readonly SearchValues<byte> EndOfUrl = SearchValues.Create("? #\t\r\n\"'<>\\`"u8);

    // A link with what follows one of these is all that somebody needs.
    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> Invitations = FrozenSet.Create(
        StringComparer.Ordinal,
        "accept", "activate", "activation", "confirm", "confirmation", "invitation", "invitations", "invite", "invites", "magic",
        "magiclink", "optout", "reset", "resetpassword", "passwordreset", "unlock", "unsubscribe", "verification", "verify", "verifyemail")
        .GetAlternateLookup<ReadOnlySpan<char>>();

    // After these, identifiers stand more often than tokens.
    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> Doors = FrozenSet.Create(
        StringComparer.Ordinal,
        "auth", "hook", "hooks", "key", "keys", "login", "oauth", "session", "sessions", "sso", "webhook", "webhooks", "webhookb2")
        .GetAlternateLookup<ReadOnlySpan<char>>();

    private enum Expected : byte
    {
        Anything,
        Token,
        TokenOrIdentifier,
        Hook,
    }

    /// <summary>How many octets of an authority are user and password; 0 when there are none.</summary>
    /// <param name="url">What stands after <c>://</c>.</param>
    public static int LengthOfUser(ReadOnlySpan<byte> url)
    {
        var end = url.IndexOfAny(EndOfAuthority);
        var authority = end < 0 ? url : url[..end];
        var user = authority.LastIndexOf((byte)'@');
        if (user >= 0 || end < 0 || url[end] is not ((byte)'/' or (byte)'?' or (byte)'#'))
        {
            return Math.Max(0, user);
        }

        var near = url[..Math.Min(url.Length, LongestUser)];

        // A password may hold a slash that nobody has escaped; after a host no colon but a port's stands.
        var colon = authority.IndexOf((byte)':');
        var isPort = colon >= 0 && !authority[(colon + 1)..].ContainsAnyExceptInRange((byte)'0', (byte)'9');
        return colon > 0 && !isPort && authority[0] != (byte)'[' ? Math.Max(0, near[..LengthOf(near)].LastIndexOf((byte)'@')) : 0;
    }

    /// <summary>How many octets of a text are the path that it begins with.</summary>
    public static int LengthOf(ReadOnlySpan<byte> text) => text.IndexOfAny(EndOfUrl) is >= 0 and var end ? end : text.Length;

    /// <summary>Finds the tokens in a path.</summary>
    /// <param name="path">The path.</param>
    /// <param name="at">Where it begins in the octets that <paramref name="found"/> speaks of.</param>
    /// <param name="found">Gains the tokens.</param>
    /// <param name="style">How marks are written there.</param>
    public static void Find(ReadOnlySpan<byte> path, int at, FoundSecrets found, MarkStyle style)
    {
        if (!HasLongSegment(path))
        {
            return;
        }

        var expected = Expected.Anything;
        ReadOnlySpan<byte> before = default;
        for (var from = 0; from < path.Length;)
        {
            var length = path[from..].IndexOf((byte)'/');
            var segment = length < 0 ? path[from..] : path.Slice(from, length);
            if (segment.Length >= ShortestToken && Token(segment, expected) is var (start, size) && size > 0)
            {
                found.Add(at + from + start, size, SecretKind.Token, style);
            }

            expected = After(segment, before, expected);
            before = segment;
            from += segment.Length + 1;
        }
    }

    private static bool HasLongSegment(ReadOnlySpan<byte> path)
    {
        while (path.Length >= ShortestToken)
        {
            var slash = path.IndexOf((byte)'/');
            if (slash is < 0 or >= ShortestToken)
            {
                return true;
            }

            path = path[(slash + 1)..];
        }

        return false;
    }

    private static (int Start, int Length) Token(ReadOnlySpan<byte> segment, Expected expected)
    {
        // https://api.telegram.org/bot123456:…/sendMessage
        if (segment.StartsWith("bot"u8) && segment.Length >= ShortestTelegramToken
            && segment["bot"u8.Length..].IndexOfAnyExceptInRange((byte)'0', (byte)'9') is > 0 and var colon
            && segment["bot"u8.Length + colon] == (byte)':')
        {
            return ("bot"u8.Length, segment.Length - "bot"u8.Length);
        }

        var isToken = expected switch
        {
            Expected.Hook => segment.Length >= ShortestHookToken || SecretTokens.IsLikely(segment),
            Expected.TokenOrIdentifier => SecretTokens.IsLikely(segment),
            Expected.Token => SecretTokens.IsLikely(segment) && !SecretTokens.IsHexadecimal(segment),
            _ => false,
        };
        return isToken && !IsFileName(segment) ? (0, segment.Length)
            : SecretTokens.IsRandom(segment) && !IsText(segment) ? (0, segment.Length)
            : default;
    }

    private static Expected After(ReadOnlySpan<byte> segment, ReadOnlySpan<byte> before, Expected expected)
    {
        if (expected == Expected.Hook || segment.Length > LongestSegment || segment.IsEmpty)
        {
            return expected == Expected.Hook ? expected : Expected.Anything;
        }

        // https://hooks.slack.com/services/T…/B…/…, https://….webhook.office.com/webhookb2/…
        if ((IsSlackTeam(segment) && (before.SequenceEqual("services"u8) || before.SequenceEqual("workflows"u8)
            || before.SequenceEqual("triggers"u8))) || segment.SequenceEqual("webhookb2"u8))
        {
            return Expected.Hook;
        }

        Span<char> name = stackalloc char[LongestSegment];
        name = Word(segment, name);
        return Invitations.Contains(name) ? Expected.TokenOrIdentifier
            : Doors.Contains(name) || SecretKeys.MeaningOf(segment) == KeyMeaning.Secret ? Expected.Token
            : expected == Expected.Token && SecretTokens.IsHexadecimal(segment) ? Expected.Token
            : Expected.Anything;
    }

    private static bool IsSlackTeam(ReadOnlySpan<byte> segment) =>
        segment.Length >= 8 && segment[0] is (byte)'T' or (byte)'E' && !segment.ContainsAnyInRange((byte)'a', (byte)'z');

    private static bool IsFileName(ReadOnlySpan<byte> segment) =>
        segment.LastIndexOf((byte)'.') is > 0 and var dot && segment.Length - dot is >= 3 and <= 6;

    private static bool IsText(ReadOnlySpan<byte> segment)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(segment.Length + 4);
        var isText = Escapes.Base64Text(segment, buffer) > 0;
        ArrayPool<byte>.Shared.Return(buffer);
        return isText;
    }

    private static Span<char> Word(ReadOnlySpan<byte> segment, Span<char> word)
    {
        var length = 0;
        foreach (var octet in segment)
        {
            if (octet is not ((byte)'-' or (byte)'_'))
            {
                word[length++] = char.ToLowerInvariant((char)octet);
            }
        }

        return word[..length];
    }
}

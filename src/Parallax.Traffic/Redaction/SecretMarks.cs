using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Parallax.Traffic.Redaction;

/// <summary>What stands in the place of a secret: its kind and a keyed hash, so that equal secrets stay equal and none can be guessed.
/// </summary>
/// <remarks>The hashes of secrets seen lately are kept: a session shows its cookie with every request. Thread safety: none.</remarks>
internal sealed class SecretMarks(byte[] key)
{
    // Most credentials are shorter; a power of two.
    private const int LongestKept = 512;
    private const int Kept = 1024;

    // Sixteen hex digits: two of a million secrets are taken for one with a chance of 1 in 40 million.
    private const int HashBytes = 8;

    // Kinds are a word or two.
    private const int LongestMark = 128;

    private static readonly SearchValues<byte> KindOctets = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-"u8);

    private static readonly SearchValues<byte> HexDigits = SearchValues.Create("0123456789abcdef"u8);

    private readonly IncrementalHash _hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
    private readonly (byte[] Secret, byte[] Digits)[] _kept = new (byte[], byte[])[Kept];

    private static ReadOnlySpan<byte> Open => "⟦"u8;

    private static ReadOnlySpan<byte> Close => "⟧"u8;

    private static ReadOnlySpan<byte> UrlOpen => "%E2%9F%A6"u8;

    private static ReadOnlySpan<byte> UrlClose => "%E2%9F%A7"u8;

    /// <summary>True when <paramref name="text"/> is such a mark already, and nothing else.</summary>
    public static bool IsMark(ReadOnlySpan<byte> text) => !text.IsEmpty && LengthOf(text) == text.Length;

    /// <summary>How many octets of a text are the mark that it begins with; 0 when it begins with none.</summary>
    public static int LengthOf(ReadOnlySpan<byte> text) =>
        text[..Math.Min(text.Length, UrlOpen.Length + LongestMark)] is var near && near.StartsWith(Open) ? LengthOf(near, Open, Close)
            : near.StartsWith(UrlOpen) ? LengthOf(near, UrlOpen, UrlClose)
            : 0;

    /// <summary>True when a text breaks off within the opening of a mark, as it does before the name of its kind.</summary>
    public static bool IsOpenAtEnd(ReadOnlySpan<byte> text) => text.EndsWith(Open) || text.EndsWith(UrlOpen);

    /// <summary>True when a mark stands somewhere in <paramref name="octets"/>: <c>:</c>, the digits and the closing bracket soon after an
    /// opening one.</summary>
    public static bool IsIn(ReadOnlySpan<byte> octets) => IsIn(octets, Open, Close) || IsIn(octets, UrlOpen, UrlClose);

    /// <summary>Appends the mark of a kind; of what is withheld, with its length.</summary>
    /// <param name="to">Where to.</param>
    /// <param name="kind">What was found.</param>
    /// <param name="secret">The octets replaced.</param>
    /// <param name="inUrl">True writes the brackets as a URL must have them.</param>
    public void Append(ArrayBufferWriter<byte> to, SecretKind kind, ReadOnlySpan<byte> secret, bool inUrl = false)
    {
        if (kind != SecretKind.Withheld)
        {
            Append(to, SecretKinds.NameOf(kind), secret, inUrl);
            return;
        }

        Append(to, Encoding.ASCII.GetBytes($"withheld-{secret.Length.ToString(CultureInfo.InvariantCulture)}"), secret, inUrl);
    }

    /// <summary>Appends the mark <c>⟦kind:hash⟧</c>.</summary>
    /// <param name="to">Where to.</param>
    /// <param name="kind">What was found.</param>
    /// <param name="secret">The octets replaced.</param>
    /// <param name="inUrl">True writes the brackets as a URL must have them.</param>
    public void Append(ArrayBufferWriter<byte> to, ReadOnlySpan<byte> kind, ReadOnlySpan<byte> secret, bool inUrl = false)
    {
        to.Write(inUrl ? UrlOpen : Open);
        to.Write(kind);
        to.Write(":"u8);
        if (secret.Length > LongestKept)
        {
            WriteDigits(secret, to.GetSpan(2 * HashBytes));
            to.Advance(2 * HashBytes);
        }
        else
        {
            to.Write(DigitsOf(secret));
        }

        to.Write(inUrl ? UrlClose : Close);
    }

    private static bool IsIn(ReadOnlySpan<byte> octets, ReadOnlySpan<byte> open, ReadOnlySpan<byte> close)
    {
        while (octets.IndexOf(open) is >= 0 and var at)
        {
            octets = octets[(at + open.Length)..];
            var end = octets[..Math.Min(octets.Length, LongestMark)].IndexOf(close);
            var colon = end - (2 * HashBytes) - 1;
            if (colon > 0 && octets[colon] == ':' && octets[(colon + 1)..end].IndexOfAnyExcept(HexDigits) < 0)
            {
                return true;
            }
        }

        return false;
    }

    // A mark holds its kind, a colon and the digits.
    private static int LengthOf(ReadOnlySpan<byte> text, ReadOnlySpan<byte> open, ReadOnlySpan<byte> close)
    {
        var end = text[open.Length..].IndexOf(close);
        if (end < 0)
        {
            return 0;
        }

        var inner = text.Slice(open.Length, end);
        var colon = end - (2 * HashBytes) - 1;
        var isMark = colon > 0 && inner[colon] == ':' && inner[(colon + 1)..].IndexOfAnyExcept(HexDigits) < 0
            && inner[..colon].IndexOfAnyExcept(KindOctets) < 0;
        return isMark ? open.Length + end + close.Length : 0;
    }

    private byte[] DigitsOf(ReadOnlySpan<byte> secret)
    {
        var place = new HashCode();
        place.AddBytes(secret);
        ref var kept = ref _kept[place.ToHashCode() & (Kept - 1)];
        if (kept.Secret is null || !secret.SequenceEqual(kept.Secret))
        {
            kept = (secret.ToArray(), new byte[2 * HashBytes]);
            WriteDigits(secret, kept.Digits);
        }

        return kept.Digits;
    }

    private void WriteDigits(ReadOnlySpan<byte> secret, Span<byte> digits)
    {
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        _hash.AppendData(secret);
        _hash.GetHashAndReset(hash);
        Convert.TryToHexStringLower(hash[..HashBytes], digits, out _);
    }
}

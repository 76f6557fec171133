using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace Parallax.Traffic.Recording;

/// <summary>What stands in the place of a secret: its kind and a keyed hash, so that equal secrets stay equal and none can be guessed.
/// </summary>
/// <remarks>Thread safety: immutable.</remarks>
internal sealed class SecretMarks(byte[] key)
{
    // Sixteen hex digits: two of a million secrets are taken for one with a chance of 1 in 40 million.
    private const int HashBytes = 8;

    private static ReadOnlySpan<byte> Open => "⟦"u8;

    private static ReadOnlySpan<byte> Close => "⟧"u8;

    /// <summary>True when <paramref name="text"/> is such a mark already.</summary>
    public static bool IsMark(ReadOnlySpan<byte> text) => text.StartsWith(Open) && text.EndsWith(Close);

    /// <summary>Appends the mark <c>⟦kind:hash⟧</c>.</summary>
    /// <param name="to">Where to.</param>
    /// <param name="kind">What was found.</param>
    /// <param name="secret">The octets replaced.</param>
    /// <param name="inUrl">True writes the brackets as a URL must have them.</param>
    public void Append(ArrayBufferWriter<byte> to, ReadOnlySpan<byte> kind, ReadOnlySpan<byte> secret, bool inUrl = false)
    {
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(key, secret, hash);
        Span<char> digits = stackalloc char[2 * HashBytes];
        Convert.TryToHexStringLower(hash[..HashBytes], digits, out _);
        to.Write(inUrl ? "%E2%9F%A6"u8 : Open);
        to.Write(kind);
        to.Write(":"u8);
        to.Advance(Encoding.ASCII.GetBytes(digits, to.GetSpan(digits.Length)));
        to.Write(inUrl ? "%E2%9F%A7"u8 : Close);
    }
}

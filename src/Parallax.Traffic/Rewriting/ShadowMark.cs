using System.Security.Cryptography;
using System.Text;
using Parallax.Wire.Http1;

namespace Parallax.Traffic.Rewriting;

/// <summary>The mark of a shadow: which mirror made it, and a proof that one of ours did. Anybody can write the name; only who has the
/// key can write the proof, so only with it does a mark keep a request from being mirrored.</summary>
/// <remarks>
/// The proof is the first 128 bits of HMAC-SHA256 over the mirror's name, in hexadecimal. It says who made the request, not which
/// request it is: anyone who can read a shadow can use its proof again, so shadows belong where their readers are trusted.
/// Thread safety: immutable.
/// </remarks>
public sealed class ShadowMark
{
    /// <summary>The header with the mirror's name.</summary>
    public const string NameHeader = "x-parallax-shadow";

    /// <summary>The header with the proof.</summary>
    public const string ProofHeader = "x-parallax-shadow-proof";

    /// <summary>The fewest octets of a key: as many as the proof has.</summary>
    public const int LeastKeyBytes = 16;

    private const int ProofBytes = 16;

    private readonly byte[] _key;

    /// <param name="key">What all who must know each other's shadows share; copied. At least <see cref="LeastKeyBytes"/>.</param>
    /// <exception cref="ArgumentException">The key is too short.</exception>
    public ShadowMark(ReadOnlySpan<byte> key)
    {
        if (key.Length < LeastKeyBytes)
        {
            throw new ArgumentException($"a key has at least {LeastKeyBytes} octets, this one {key.Length}", nameof(key));
        }

        _key = key.ToArray();
    }

    /// <summary>A mark with a key of this process alone: it knows its own shadows and no others.</summary>
    public static ShadowMark OfThisProcess { get; } = new(RandomNumberGenerator.GetBytes(32));

    /// <summary>The proof for a mirror's name.</summary>
    /// <param name="mirror">The name: visible US-ASCII.</param>
    public string ProofOf(string mirror)
    {
        ArgumentNullException.ThrowIfNull(mirror);
        Span<byte> digest = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_key, Encoding.Latin1.GetBytes(mirror), digest);
        return Convert.ToHexStringLower(digest[..ProofBytes]);
    }

    /// <summary>True when a request is a shadow made by somebody with this key. Allocates nothing.</summary>
    /// <param name="head">The request's head.</param>
    /// <param name="octets">The octets it was read from.</param>
    public bool Made(MessageHead head, ReadOnlySpan<byte> octets)
    {
        ArgumentNullException.ThrowIfNull(head);
        if (!head.TryFind(octets, "x-parallax-shadow"u8, out var name)
            || !head.TryFind(octets, "x-parallax-shadow-proof"u8, out var proof)
            || proof.Length != ProofBytes * 2)
        {
            return false;
        }

        Span<byte> digest = stackalloc byte[HMACSHA256.HashSizeInBytes];
        Span<byte> expected = stackalloc byte[ProofBytes * 2];
        HMACSHA256.HashData(_key, name.Of(octets), digest);
        Convert.TryToHexStringLower(digest[..ProofBytes], expected, out _);
        return CryptographicOperations.FixedTimeEquals(expected, proof.Of(octets));
    }
}

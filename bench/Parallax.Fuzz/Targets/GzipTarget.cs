using System.IO.Compression;
using Parallax.Fuzz.Engine;
using Parallax.Traffic.Contents;

namespace Parallax.Fuzz.Targets;

/// <summary>Gzip streams of several members: what is read, and what is said to be wrong, is the same in whatever pieces it is asked for,
/// but for what a call loses that meets damage; a stream that is right is what the runtime reads.</summary>
internal static class GzipTarget
{
    private const int MaxPlainBytes = 1 << 20;

    // A call that meets damage gives nothing of what it read before.
    private const int MaxLostBytes = 1024;

    public static FuzzTarget Make() => new()
    {
        Name = "gzip",
        Seeds = [.. Seeds()],
        Run = Run,
        Words = ["\x1f\x8b\x08\0", "\x1f\x8b\x08\x1f", "\x03\0\0\0\0\0\0\0\0\0", "\0\0\0\0\0\0\0\0"],
    };

    private static void Run(byte[] input, Outcome outcome)
    {
        if (input is not [0x1F, 0x8B, ..])
        {
            return;
        }

        var (plain, problem) = Read(input, MaxPlainBytes, 2);
        var (again, problemAgain) = Read(input, 100, Math.Min(512, input.Length));
        var common = plain.AsSpan().CommonPrefixLength(again);
        Require.That(common == Math.Min(plain.Length, again.Length), "other octets in pieces");
        var differ = Math.Abs(plain.Length - again.Length);
        Require.That(
            differ == 0 || (problem is not null && differ < MaxLostBytes),
            $"{plain.Length} octets at once, {again.Length} in pieces");
        Require.That(problem is null == problemAgain is null, $"at once \"{problem}\", in pieces \"{problemAgain}\"");
        outcome.AddCount(plain.Length);
        outcome.Add(problem ?? "");
        if (problem is null && plain.Length < MaxPlainBytes)
        {
            Require.That(IsSame(input, plain), "the runtime reads other octets");
        }
    }

    // The runtime looks at the checksum of a header, too.
    private static bool IsSame(byte[] input, byte[] plain)
    {
        try
        {
            using var peer = new GZipStream(new MemoryStream(input), CompressionMode.Decompress);
            var expected = new MemoryStream();
            peer.CopyTo(expected);
            return expected.ToArray().AsSpan().SequenceEqual(plain);
        }
        catch (InvalidDataException)
        {
            return true;
        }
    }

    private static (byte[] Plain, string? Problem) Read(byte[] input, int room, int begun)
    {
        var plain = new MemoryStream();
        using var gzip = new CheckedGzipStream(new MemoryStream(input[begun..]), input.AsSpan(0, begun));
        var buffer = new byte[Math.Min(room, 4096)];
        while (plain.Length < MaxPlainBytes && gzip.Read(buffer) is var read and > 0)
        {
            plain.Write(buffer, 0, read);
        }

        plain.SetLength(Math.Min(plain.Length, MaxPlainBytes));
        return (plain.ToArray(), plain.Length == MaxPlainBytes ? null : gzip.Problem);
    }

    private static IEnumerable<byte[]> Seeds()
    {
        var random = new Random(1);
        var noise = new byte[2000];
        random.NextBytes(noise);
        var (text, none, other) = (Compress("abcabcabcabc"u8.ToArray()), Compress([]), Compress(noise));
        yield return text;
        yield return [.. text, .. none, .. other];
        yield return [.. none, .. none, .. text, 0, 0, 0];
        yield return [0x1F, 0x8B, 8, 0x1E, 0, 0, 0, 0, 0, 3, 2, 0, 1, 2, (byte)'n', 0, (byte)'c', 0, 0, 0, .. text.AsSpan(10)];
    }

    private static byte[] Compress(byte[] plain)
    {
        var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(plain);
        }

        return compressed.ToArray();
    }
}

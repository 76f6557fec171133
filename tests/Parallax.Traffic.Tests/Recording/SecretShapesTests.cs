using System.Text;
using Parallax.Traffic.Recording;

namespace Parallax.Traffic.Tests.Recording;

public class SecretShapesTests
{
    private static readonly string[] Pieces =
    [
        "4111111111111111", "4111 1111 1111 1111", "GB82 WEST 1234 5698 7654 32", "DE89370400440532013000", "a@b.io",
        "@", ".", "-", " ", "\n",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcdef", "eyJ", "AKIAIOSFODNN7EXAMPLE", "ghp_012345678901234567890123456789012345",
        "github_pat_0123456789012345678901234567890", "xoxb-123456789012", "xapp-12345678901", "sk_live_0123456789", "pk_test_0123456789",
        "whsec_0123456789ab", "-----BEGIN KEY-----", "-----END KEY-----", "word", "Word", "gone", "x", "w", "7", "\u00e9", "\"", "%40",
    ];

    [Fact]
    public void TryFind_LookingOnlyAtCertainBeginnings_FindsWhatLookingAtEveryWordFinds()
    {
        for (var seed = 0; seed < 5000; seed++)
        {
            var random = new Random(seed);
            var pieces = Enumerable.Range(0, random.Next(12)).Select(_ => Pieces[random.Next(Pieces.Length)]);
            var text = Encoding.UTF8.GetBytes(string.Concat(pieces));
            Assert.Equal(All(text, isAnywhere: true), All(text, SecretShapes.MayBeAnywhere(text)));
        }
    }

    [Fact]
    public void Append_SameSecrets_SameMarksHoweverOftenAndLong()
    {
        var random = new Random(5);
        var secrets = Enumerable.Range(0, 3000).Select(at => Encoding.ASCII.GetBytes(new string('s', random.Next(1, 700)) + at)).ToList();
        var marks = new SecretMarks([1, 2, 3]);
        var once = secrets.Select(secret => Mark(marks, secret)).ToList();
        Assert.Equal(once, secrets.Select(secret => Mark(marks, secret)));
        Assert.Equal(once, secrets.Select(secret => Mark(new SecretMarks([1, 2, 3]), secret)));
        Assert.Equal(secrets.Count, once.Distinct().Count());
    }

    private static string Mark(SecretMarks marks, byte[] secret)
    {
        var to = new System.Buffers.ArrayBufferWriter<byte>();
        marks.Append(to, "k"u8, secret);
        return Encoding.UTF8.GetString(to.WrittenSpan);
    }

    private static List<string> All(byte[] text, bool isAnywhere)
    {
        var found = new List<string>();
        for (var from = 0; SecretShapes.TryFind(text, isAnywhere, from, out var place, out var kind); from = place.End)
        {
            found.Add($"{place.Start} {place.Length} {Encoding.ASCII.GetString(kind)}");
        }

        return found;
    }
}

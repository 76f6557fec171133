using System.Text;
using Parallax.Traffic.Redaction;

namespace Parallax.Traffic.Tests.Redaction;

public class SecretShapesTests
{
    [Theory]
    [InlineData("AKIAIOSFODNN7EXAMPLE", "aws-key")]
    [InlineData("ghp_0123456789abcdefghijklmnopqrstuvwxyz", "github-token")]
    [InlineData("github_pat_11ABCDEFG0abcdefghijkl_0123456789", "github-token")]
    [InlineData("xoxb-1234567890-abcdef", "slack-token")]
    [InlineData("sk_live_4eC39HqLyjWDarj", "stripe-key")]
    [InlineData("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", "token")]
    [InlineData("AIzaSyDaGmWKa4JsXZ-HjGw7ISLn_3namBGewQe", "token")]
    [InlineData("glpat-zY2x0wVutS9rQpoNmLk3", "token")]
    [InlineData("npm_0123456789abcdefABCDEF0123456789abcd", "token")]
    [InlineData("hvs.CAESIJ0123456789abcdefghij", "token")]
    [InlineData("joe@example.com", "email")]
    [InlineData("Write to joe@example.com.", "email")]
    [InlineData("GB82 WEST 1234 5698 7654 32", "iban")]
    [InlineData("4111 1111 1111 1111", "card")]
    [InlineData("-----BEGIN OPENSSH PRIVATE KEY-----\nb3Blbn", "pem")]
    [InlineData("curl -H 'Authorization: Bearer abc123def456'", "authorization")]
    public void Find_Secret_KnowsItsKind(string text, string kind) => Assert.Equal(kind, Assert.Single(Kinds(text)));

    [Theory]
    [InlineData("image@2x.png")]
    [InlineData("/npm/jquery@3.6.0/dist/jquery.min.js")]
    [InlineData("3f2504e0-4f89-11d3-9a0c-0305e82c3301")]
    [InlineData("Bearer of bad news, Basic things")]
    [InlineData("sk-fading-circle-container-large")]
    [InlineData("1568139746437296000 4111111111111112 2024-01-01T00:00:00Z")]
    [InlineData("a1b2c3d4e5f60718293a4b5c6d7e8f9012345678")]
    public void Find_OrdinaryText_FindsNothing(string text) => Assert.Empty(Kinds(text));

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

    private static List<string> Kinds(string text)
    {
        var octets = Encoding.UTF8.GetBytes(text);
        var found = new FoundSecrets();
        SecretShapes.Find(octets, 0, found, MarkStyle.Plain);
        return [.. Enumerable.Range(0, found.Count).Select(_ => Encoding.ASCII.GetString(SecretKinds.NameOf(found.FirstKind)))];
    }
}

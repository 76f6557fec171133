using System.Text;
using Parallax.Proxy.Routing;

namespace Parallax.Proxy.Tests.Routing;

public sealed class PathNormalizerTests
{
    [Theory]
    [InlineData("/", "/")]
    [InlineData("/a/b.c/..d/.e/f..", "/a/b.c/..d/.e/f..")]
    [InlineData("/a/./b", "/a/b")]
    [InlineData("/a/../b", "/b")]
    [InlineData("/../../a", "/a")]
    [InlineData("/a/.", "/a/")]
    [InlineData("/a/..", "/")]
    [InlineData("/a/b/../..", "/")]
    [InlineData("/a/b/../../../c", "/c")]
    [InlineData("/..", "/")]
    [InlineData("/.", "/")]
    [InlineData("/a//b", "/a//b")]
    [InlineData("/a//../b", "/a/b")]
    [InlineData("/a\\b", "/a/b")]
    [InlineData("/a/..\\b", "/b")]
    [InlineData("/%61%2D%7E%5f", "/a-~_")]
    [InlineData("/x/%2e%2E/a", "/a")]
    [InlineData("/x/.%2e", "/")]
    [InlineData("/%2f%5C%25%20%C3%A4", "/%2f%5C%25%20%C3%A4")]
    [InlineData("/%252e%252e/a", "/%252e%252e/a")]
    [InlineData("/%zz%6/%", "/%zz%6/%")]
    [InlineData("/%%32e", "/%%32e")]
    [InlineData("/%2%65", "/%2%65")]
    [InlineData("/%/%61", "/%/a")]
    [InlineData("/a;x=1/b,c", "/a;x=1/b,c")]
    public void Base_IsAsIstioHasIt(string path, string normal) => AssertNormalizes(path, PathNormalization.Base, normal);

    [Theory]
    [InlineData("//a///b//", "/a/b/")]
    [InlineData("/a//../b", "/b")]
    [InlineData("/a/%2Fb", "/a/%2Fb")]
    [InlineData("/a\\\\b", "/a/b")]
    public void MergeSlashes_LeavesOneOfSeveral(string path, string normal) =>
        AssertNormalizes(path, PathNormalization.MergeSlashes, normal);

    [Theory]
    [InlineData("/a%2f%2F%5cb", "/a/b")]
    [InlineData("/a%2f..%2fb", "/b")]
    [InlineData("/a/%252f", "/a/%252f")]
    public void DecodeAndMergeSlashes_TakesEscapedOnesForSlashes(string path, string normal) =>
        AssertNormalizes(path, PathNormalization.DecodeAndMergeSlashes, normal);

    [Theory]
    [InlineData("/../%61//%2f")]
    public void None_ChangesNothing(string path) =>
        Assert.True(PathNormalizer.IsNormal(Encoding.Latin1.GetBytes(path), PathNormalization.None));

    [Fact]
    public void EscapedNul_IsRefused() =>
        Assert.False(PathNormalizer.TryNormalize("/a%00b"u8.ToArray(), PathNormalization.Base, out _));

    /// <summary>What is normal stays, what comes out is normal for good, and nothing a server could decode appears.</summary>
    [Fact]
    public void RandomPaths_AreNormalAfterwards()
    {
        var random = new Random(5);
        string[] parts = ["/", "/", "..", ".", "%2e", "%2E", "%2f", "%", "%2", "5", "2", "e", "a", "\\", "%5c", "%61", "%25", "%32"];
        for (var time = 0; time < 20_000; time++)
        {
            var path = "/" + string.Concat(random.GetItems(parts, random.Next(12)));
            foreach (var level in Enum.GetValues<PathNormalization>().Where(level => level != PathNormalization.None))
            {
                var once = Normalize(path, level);
                Assert.Equal(once, Normalize(once, level));
                Assert.StartsWith("/", once);
                Assert.DoesNotContain(once.Split('/'), segment => segment is "." or "..");
                Assert.DoesNotContain("%2e", once, StringComparison.OrdinalIgnoreCase);
                Assert.True(level == PathNormalization.Base || !once.Contains("//", StringComparison.Ordinal), $"{path} gives {once}");
            }
        }
    }

    private static void AssertNormalizes(string path, PathNormalization level, string normal)
    {
        Assert.Equal(normal, Normalize(path, level));
        Assert.True(!PathNormalizer.IsNormal(Encoding.Latin1.GetBytes(path), level) || path == normal, path);
    }

    private static string Normalize(string path, PathNormalization level)
    {
        var octets = Encoding.Latin1.GetBytes(path);
        Assert.True(PathNormalizer.TryNormalize(octets, level, out var length));
        return Encoding.Latin1.GetString(octets, 0, length);
    }
}

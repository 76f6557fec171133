using System.IO.Compression;
using System.Text;
using Parallax.Recording.Entries;
using Parallax.Recording.Files;
using Parallax.Recording.Gor;
using Parallax.Recording.Tests.Plx;

namespace Parallax.Recording.Tests.Files;

/// <summary>Compressed recordings that were cut or damaged: everything in front of it is given, and what is wrong is among the losses, also
/// where the recording itself looks whole.</summary>
public sealed class GzipRecordingsTests : IDisposable
{
    private const int Records = 100;

    private readonly string _folder = Directory.CreateTempSubdirectory("parallax-gzip-").FullName;

    private static byte[] Gor => Encoding.UTF8.GetBytes(string.Concat(
        Enumerable.Range(0, Records).Select(number => $"1 {number} 1 0\nGET /{number} HTTP/1.1\r\n\r\n\n🐵🙈🙉\n")));

    private static byte[] Har => Encoding.UTF8.GetBytes("""{"log":{"entries":[{"request":{"method":"GET","url":"http://a/"}}]}}""");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("whole", null)]
    [InlineData("two members", null)]
    [InlineData("padded", null)]
    [InlineData("without trailer", "its gzip stream breaks off, or its checksum is wrong")]
    [InlineData("other checksum", "its gzip stream breaks off, or its checksum is wrong")]
    [InlineData("half a member after it", "its gzip stream breaks off")]
    [InlineData("something after it", "something other than gzip follows its gzip stream")]
    public void Read_GzipWithAllRecords_GivesThemAndSaysWhatIsWrong(string how, string? problem)
    {
        foreach (var (name, octets, count) in new[] { ("a.gor.gz", Gor, Records), ("a.har.gz", Har, 1), ("a.plx.gz", PlxOf(Gor), Records) })
        {
            var whole = Gzip(octets);
            var (entries, losses) = Read(name, how switch
            {
                "two members" => [.. Gzip(octets[..30]), .. Gzip(octets[30..])],
                "padded" => [.. whole, .. new byte[512]],
                "without trailer" => whole[..^8],
                "other checksum" => [.. whole[..^8], (byte)(whole[^8] ^ 1), .. whole[^7..]],
                "half a member after it" => [.. whole, .. whole[..5]],
                "something after it" => [.. whole, .. "something"u8],
                _ => whole,
            });

            Assert.Equal(count, entries);
            Assert.Equal(problem is null ? null : $"{Path.Combine(_folder, name)}: {problem}", losses.Problem);
            Assert.Equal(how == "something after it" ? "something".Length : 0, losses.LeftOutBytes);
        }
    }

    // A flush makes the compressed data end where a record does.
    [Fact]
    public void Read_GzipCutBetweenRecords_SaysSo()
    {
        var compressed = new MemoryStream();
        using var gzip = new GZipStream(compressed, CompressionLevel.Fastest);
        gzip.Write(Gor);
        gzip.Flush();

        var (entries, losses) = Read("a.gor.gz", compressed.ToArray());

        Assert.Equal(Records, entries);
        Assert.Contains("breaks off", losses.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_GzipDamagedFarIn_GivesWhatIsBeforeIt()
    {
        var noise = new byte[100_000];
        new Random(1).NextBytes(noise);
        var compressed = Gzip([.. Gor, .. Encoding.ASCII.GetBytes($"1 last 1 0\n{Convert.ToHexString(noise)}"), .. Gor[^15..]]);
        compressed.AsSpan(compressed.Length - 1000).Fill(0xFF);

        var (entries, losses) = Read("a.gor.gz", compressed);

        Assert.InRange(entries, Records, Records + 1);
        Assert.NotNull(losses.Problem);
    }

    [Fact]
    public void Read_GzipDamagedAtOnce_IsRefused()
    {
        var fault = Assert.Throws<RecordingException>(() => Read("a.gor.gz", [.. Gzip(Gor)[..10], 0xFF, 0xFF, 0xFF]));

        Assert.EndsWith("its gzip stream is damaged", fault.Message, StringComparison.Ordinal);
    }

    private static byte[] Gzip(byte[] plain)
    {
        var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest))
        {
            gzip.Write(plain);
        }

        return compressed.ToArray();
    }

    private static byte[] PlxOf(byte[] gor)
    {
        using var reader = new GorReader(new MemoryStream(gor), "a.gor");
        return PlxOctets.Write(PlxOctets.All(reader));
    }

    private (int Entries, RecordingLosses Losses) Read(string name, byte[] octets)
    {
        File.WriteAllBytes(Path.Combine(_folder, name), octets);
        using var reader = RecordingFormats.Open(Path.Combine(_folder, name));
        return (PlxOctets.All(reader).Count, reader.Losses);
    }
}

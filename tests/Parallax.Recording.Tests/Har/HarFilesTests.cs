using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using Parallax.Recording.Entries;
using Parallax.Recording.Files;
using Parallax.Recording.Har;
using Parallax.Recording.Tests.Plx;
using Parallax.Traffic.Exchanges;

namespace Parallax.Recording.Tests.Har;

/// <summary>Bodies in other files: beside the HAR file, or in the same zip.</summary>
public sealed class HarFilesTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("parallax-har-").FullName;

    public HarFilesTests()
    {
        Directory.CreateDirectory(Path.Combine(_root, "in", "sub"));
        File.WriteAllText(Path.Combine(_root, "outside.txt"), "secret");
        File.WriteAllText(Path.Combine(_root, "in", "body.txt"), "hello");
        File.WriteAllText(Path.Combine(_root, "in", "empty.txt"), "");
        File.WriteAllText(Path.Combine(_root, "in", "sub", "body.txt"), "deeper");
        File.CreateSymbolicLink(Path.Combine(_root, "in", "link.txt"), Path.Combine(_root, "outside.txt"));
        File.CreateSymbolicLink(Path.Combine(_root, "in", "up"), _root);
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Theory]
    [InlineData("body.txt", "hello")]
    [InlineData("sub/body.txt", "deeper")]
    [InlineData("sub\\body.txt", "deeper")]
    [InlineData("./sub/../body.txt", "hello")]
    [InlineData("none.txt", null)]
    [InlineData("../outside.txt", null)]
    [InlineData("sub/../../outside.txt", null)]
    [InlineData("..\\outside.txt", null)]
    [InlineData("link.txt", null)]
    [InlineData("up/outside.txt", null)]
    [InlineData("sub", null)]
    [InlineData(".", null)]
    [InlineData("/etc/hostname", null)]
    [InlineData("a\0b", null)]
    public void File_BesideTheHar_IsReadInsideItsFolderOnly(string name, string? body) =>
        Assert.Equal(body, BodyIn(Write("a.har", name)));

    [Fact]
    public void File_Pipe_IsNotOpened()
    {
        System.Diagnostics.Process.Start("mkfifo", Path.Combine(_root, "in", "pipe")).WaitForExit();

        Assert.Null(BodyIn(Write("a.har", "pipe")));
    }

    [Theory]
    [InlineData("har.har", "body.bin", "zipped")]
    [InlineData("session.HAR", "body.bin", "zipped")]
    [InlineData("har.har", "none.bin", null)]
    [InlineData("har.har", "../outside.txt", null)]
    public void Zip_HoldsTheHarAndItsBodies(string harName, string name, string? body) =>
        Assert.Equal(body, BodyIn(Zip([(harName, HarNaming(name)), ("body.bin", "zipped"u8.ToArray())])));

    [Fact]
    public void Zip_BodyThatUnpacksToFarMore_CountsAsNotThere() =>
        Assert.Null(BodyIn(Zip([("har.har", HarNaming("bomb")), ("bomb", new byte[HarFiles.MaxBytes + 1])])));

    [Theory]
    [InlineData("is a zip without a .har file", "a.txt")]
    [InlineData("several .har files (a.har, b.har)", "a.har", "b.har")]
    public void Zip_WithoutTheOneHar_SaysSo(string said, params string[] names) => Assert.Contains(
        said,
        Assert.Throws<RecordingException>(() => RecordingFormats.Open(Zip([.. names.Select(name => (name, "{}"u8.ToArray()))]))).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Zip_Damaged_SaysSo()
    {
        var path = Path.Combine(_root, "a.har.zip");
        File.WriteAllBytes(path, "PK\u0003\u0004 and no more"u8.ToArray());

        Assert.Throws<RecordingException>(() => RecordingFormats.Open(path));
    }

    [Theory]
    [InlineData("utf-16")]
    [InlineData("utf-16BE")]
    public void Har_InUtf16_IsRead(string encoding)
    {
        var path = Path.Combine(_root, "a.har");
        File.WriteAllText(path, Encoding.UTF8.GetString(HarTexts.File(HarTexts.Entry())), Encoding.GetEncoding(encoding));
        using var reader = RecordingFormats.Open(path);

        Assert.Single(PlxOctets.All(reader));
    }

    [Theory]
    [InlineData("a.jsonl", """{"id":1,"session":2}""", "1: schema is missing; a line that parallax wrote begins with")]
    [InlineData("a.ndjson", """{"x":1}""", "1: schema is missing; a line that parallax wrote begins with")]
    [InlineData("a.txt", """{"id":1,"session":2}""", "1: schema is missing; a line that parallax wrote begins with")]
    [InlineData("a.har", """{"info":{"name":"a collection"}}""", " is JSON, but no HAR file: it has no log.entries; .plx,")]
    [InlineData("a.txt", "nothing of the kind", " is not a recording; .plx, .gor, .har, .jsonl, pcap and pcapng are read")]
    public void File_OfAnotherKind_SaysWhatIsRead(string name, string text, string said)
    {
        var path = Path.Combine(_root, name);
        File.WriteAllText(path, text);
        var fault = Assert.Throws<RecordingException>(() =>
        {
            using var reader = RecordingFormats.Open(path);
            return reader.TryRead(out _);
        });

        Assert.StartsWith($"{path}:{said}", fault.Message, StringComparison.Ordinal);
    }

    private static byte[] HarNaming(string file) => HarTexts.File(HarTexts.Entry(
        "POST", post: new JsonObject { ["text"] = "", ["_file"] = file }.ToJsonString(), fields: "Content-Length: 3"));

    private string Write(string name, string file)
    {
        var path = Path.Combine(_root, "in", name);
        File.WriteAllBytes(path, HarNaming(file));
        return path;
    }

    private string Zip(IEnumerable<(string Name, byte[] Octets)> files)
    {
        var path = Path.Combine(_root, "a.har.zip");
        using var archive = ZipFile.Open(path, ZipArchiveMode.Create);
        foreach (var (name, octets) in files)
        {
            using var entry = archive.CreateEntry(name).Open();
            entry.Write(octets);
        }

        return path;
    }

    private static string? BodyIn(string path)
    {
        using var reader = RecordingFormats.Open(path);
        var read = Assert.Single(PlxOctets.All(reader));
        return read.Facts.Flags.HasFlag(ExchangeFlags.RequestIncomplete)
            ? null
            : Encoding.UTF8.GetString(read.Request!).Split("\r\n\r\n")[1];
    }
}

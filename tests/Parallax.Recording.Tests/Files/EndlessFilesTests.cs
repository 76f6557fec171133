using System.Text;
using System.Text.Json.Nodes;
using Parallax.Recording.Entries;
using Parallax.Recording.Gor;
using Parallax.Recording.Har;
using Parallax.Recording.JsonLines;
using Parallax.Recording.Tests.Har;
using Parallax.Recording.Tests.Plx;

namespace Parallax.Recording.Tests.Files;

/// <summary>Files of which a few octets stand for very many, as compressed ones can: they are read up to a bound.</summary>
[Collection(nameof(Costs))]
public sealed class EndlessFilesTests
{
    private const string Entries = """{"log":{"entries":[""";
    private const string Request = """{"request":{"method":"GET","url":"http://a/","postData":{"text":" """;

    [Theory]
    [InlineData("1 a 1 0\nGET / HTTP/1.1\r\n\r\n", "without the end of a record")]
    [InlineData("1 a 1 0\nGET / HTTP/1.1\r\n\r\n\n🐵🙈🙉\n1 b 1 0\n", "without the end of a record at byte 40")]
    public void Gor_RecordWithoutEnd_IsRefused(string begin, string why) => Refused(new GorReader(new Endless(begin), "a.gor"), why);

    // Requests of one id, of which none is answered, and exchanges of which each has an id of its own.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Gor_RecordsWithoutNumber_HoldNoMoreThanTheWindow(bool haveOwnIds)
    {
        const int First = 10_000, More = 200_000;
        var file = string.Concat(
            Enumerable.Range(0, First + More + First).Select(number => $"1 {(haveOwnIds ? number : 0)} 1 0\nx\n🐵🙈🙉\n"));
        using var reader = new GorReader(new MemoryStream(Encoding.UTF8.GetBytes(file)), "a.gor");
        Read(First);
        var before = GC.GetTotalMemory(forceFullCollection: true);

        Read(More);

        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 8 << 20);
        GC.KeepAlive(file);

        void Read(int count)
        {
            for (var read = 0; read < count; read++)
            {
                Assert.True(reader.TryRead(out _));
            }
        }
    }

    [Fact]
    public void Gor_LongIds_CountForTheWindow()
    {
        const int idBytes = 1 << 20;
        var file = new MemoryStream();
        for (var record = 0; record < 100; record++)
        {
            file.Write(Encoding.UTF8.GetBytes($"1 {new string('i', idBytes)}{record} 1 0\nGET / HTTP/1.1\r\n\r\n\n🐵🙈🙉\n"));
        }

        file.Position = 0;
        using var reader = new GorReader(file, "a.gor");

        Assert.True(reader.TryRead(out _));
        Assert.InRange(reader.ReadBytes, idBytes, 30 * idBytes);
    }

    [Theory]
    [InlineData("{\"schema\":1,\"kind\":\"exchange\",\"requestBody\":\"", "has a line of more than 128 MiB at byte 0")]
    [InlineData("{\"schema\":1,\"kind\":\"account\"}\n ", "has a line of more than 128 MiB at byte 30")]
    public void JsonLines_LineWithoutEnd_IsRefused(string begin, string why) =>
        Refused(new JsonLinesReader(new Endless(begin), "a.jsonl"), why);

    // Requests of a mirror that never sees a response.
    [Fact]
    public void JsonLines_RequestsWithoutNumber_HoldNoMoreThanTheWindow()
    {
        const int First = 10_000, More = 100_000;
        var file = string.Concat(Enumerable.Range(1, First + More + First).Select(number =>
            $"{{\"schema\":1,\"kind\":\"request\",\"id\":{number},\"method\":\"GET\",\"target\":\"/\",\"requestHeaders\":[]}}\n"));
        using var reader = new JsonLinesReader(new MemoryStream(Encoding.UTF8.GetBytes(file)), "a.jsonl");
        Read(First);
        var before = GC.GetTotalMemory(forceFullCollection: true);

        Read(More);

        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 16 << 20);
        GC.KeepAlive(file);

        void Read(int count)
        {
            for (var read = 0; read < count; read++)
            {
                Assert.True(reader.TryRead(out _));
            }
        }
    }

    [Theory]
    [InlineData(Entries + Request, "has an entry of more than 128 MiB at byte ")]
    [InlineData(Entries + "{},{\"x\":\"", "has an entry of more than 128 MiB at byte ")]
    [InlineData("""{"log":{"comment":" """, "has a value of more than 128 MiB at byte ")]
    [InlineData("""{"log":{"version":1,"x":["a",["b",{"c":" """, "has a value of more than 128 MiB at byte ")]
    public void Har_ValueWithoutEnd_IsRefused(string begin, string why) => Refused(new HarReader(new Endless(begin), "a.har"), why);

    [Theory]
    [InlineData("""{"log":{"version":"1.2","x":""")]
    [InlineData("""{"x":""")]
    public void Har_DeepBeforeEntries_IsRefused(string begin)
    {
        var text = begin + new string('[', 100_000) + new string(']', 100_000) + ""","entries":[]}}""";
        using var reader = new HarReader(new MemoryStream(Encoding.UTF8.GetBytes(text)), "a.har");

        var message = Assert.Throws<RecordingException>(() => PlxOctets.All(reader)).Message;
        Assert.StartsWith("a.har: is no HAR file: ", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Har_DeepEntry_IsLeftOutWithTheRest()
    {
        var text = Entries + """{"request":{"method":"GET","url":"http://a/"}},{"x":""" + new string('[', 100_000);
        using var reader = new HarReader(new MemoryStream(Encoding.UTF8.GetBytes(text)), "a.har");

        Assert.Single(PlxOctets.All(reader));
        Assert.InRange(reader.Losses.LeftOutBytes, 100_000, text.Length);
    }

    // Anybody can write "_parallax", and any number in it.
    [Theory]
    [InlineData("sequence", 1L << 40)]
    [InlineData("vni", long.MinValue)]
    [InlineData("flags", long.MaxValue)]
    [InlineData("marks", 300)]
    [InlineData("clientPort", -1)]
    [InlineData("requestFirst", long.MaxValue)]
    public void Har_NumbersThatDoNotFit_AreNoFault(string name, long number)
    {
        var entry = HarTexts.Entry().With("_parallax", new JsonObject { ["target"] = "/", [name] = number });

        Assert.StartsWith("GET / ", HarTexts.Request(entry), StringComparison.Ordinal);
    }

    private static void Refused(IRecordingReader reader, string why)
    {
        using (reader)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var message = Assert.Throws<RecordingException>(() => PlxOctets.All(reader)).Message;

            Assert.Contains(why, message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', message);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 6L * (128 << 20));
        }
    }

    /// <summary>A beginning, then the letter a for ever.</summary>
    private sealed class Endless(string begin) : Stream
    {
        private readonly byte[] _begin = Encoding.UTF8.GetBytes(begin);
        private int _given;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => _given; set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var octets = buffer.AsSpan(offset, count);
            if (_given < _begin.Length)
            {
                var piece = _begin.AsSpan(_given, Math.Min(count, _begin.Length - _given));
                piece.CopyTo(octets);
                _given += piece.Length;
                return piece.Length;
            }

            octets.Fill((byte)'a');
            return count;
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }
    }
}

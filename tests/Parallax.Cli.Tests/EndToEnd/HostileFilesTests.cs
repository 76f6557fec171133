using System.Diagnostics;
using System.IO.Compression;
using System.Text.Json;
using Parallax.TestKit;

namespace Parallax.Cli.Tests.EndToEnd;

/// <summary>Recordings that somebody made to do harm, and what others put where a file is to be written.</summary>
public sealed class HostileFilesTests : IDisposable
{
    private const string Smuggling = "1 a 1 0\nGET / HTTP/1.1\r\nHost: a\r\n\r\nDELETE /all HTTP/1.1\r\nHost: a\r\n\r\n\n🐵🙈🙉\n"
        + "1 b 2 0\nGET /next HTTP/1.1\r\nHost: a\r\n\r\n\n🐵🙈🙉\n";

    private readonly string _folder = Directory.CreateTempSubdirectory("parallax-hostile-").FullName;

    public HostileFilesTests() => File.WriteAllText(PathOf("a.gor"), Smuggling);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Replay_EntryOfTwoRequests_SendsNeitherAndCounts()
    {
        using var sink = Sink.Open();
        var ended = await RunningParallax.Run("replay", PathOf("a.gor"), "--to", sink.Url, "--json", "--speed", "max");

        Assert.Equal(["/next"], sink.Targets);
        Assert.Equal(1, LeftOutIn(JsonDocument.Parse(ended.Output).RootElement));
    }

    [Theory]
    [InlineData("b.gor")]
    [InlineData("b.har")]
    [InlineData("b.plx")]
    [InlineData("b.jsonl")]
    public async Task InspectAndConvert_EntryOfTwoRequests_TellItAndLeaveItOut(string output)
    {
        var inspected = await RunningParallax.Run("inspect", PathOf("a.gor"), "--json");
        var converted = await RunningParallax.Run("convert", PathOf("a.gor"), PathOf(output), "--keep-raw");

        Assert.Equal(1, LeftOutIn(JsonDocument.Parse(inspected.Output).RootElement.GetProperty("recording")));
        Assert.Contains("1 entries left out: more than one request in an entry", converted.Errors, StringComparison.Ordinal);
        var written = await File.ReadAllTextAsync(PathOf(output), TestContext.Current.CancellationToken);
        Assert.DoesNotContain("/all", written, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("b.gor")]
    [InlineData("b.har.gz")]
    [InlineData("b.jsonl")]
    [InlineData("b.plx")]
    public async Task Convert_AnyFormat_IsReadByOwnerAndGroupOnly(string output)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "files have no mode there");
        await RunningParallax.Run("convert", PathOf("a.gor"), PathOf(output));
        await RunningParallax.Run("convert", PathOf("a.gor"), PathOf("raw-" + output), "--keep-raw");
        const UnixFileMode owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;

        Assert.Equal(owner | UnixFileMode.GroupRead, new FileInfo(PathOf(output)).UnixFileMode);
        Assert.Equal(owner, new FileInfo(PathOf("raw-" + output)).UnixFileMode);
    }

    // A flipped bit in the id of a record makes two halves of one exchange.
    [Fact]
    public async Task Convert_HalvesOfAnExchange_SaysWhichAreMissing()
    {
        const string end = "\n🐵🙈🙉\n";
        await File.WriteAllTextAsync(
            PathOf("halves.gor"),
            $"1 a 1 0\nGET / HTTP/1.1\r\n\r\n{end}2 a 2 0\nHTTP/1.1 204 No\r\n\r\n{end}"
                + $"1 b 3 0\nGET / HTTP/1.1\r\n\r\n{end}2 c 4 0\nHTTP/1.1 204 No\r\n\r\n{end}",
            TestContext.Current.CancellationToken);
        var ended = await RunningParallax.Run("convert", PathOf("halves.gor"), PathOf("b.jsonl"));

        Assert.Contains("3 exchanges written", ended.Errors, StringComparison.Ordinal);
        Assert.Contains("; of these without a request 1 · without a response 1", ended.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Convert_PlxCutBetweenBlocks_SaysThatItWasNotClosed()
    {
        await RunningParallax.Run("convert", PathOf("a.gor"), PathOf("whole.plx"));
        var octets = await File.ReadAllBytesAsync(PathOf("whole.plx"), TestContext.Current.CancellationToken);
        var index = octets.AsSpan().LastIndexOf("PLXB"u8);
        await File.WriteAllBytesAsync(PathOf("cut.plx"), octets[..index], TestContext.Current.CancellationToken);

        var whole = await RunningParallax.Run("convert", PathOf("whole.plx"), PathOf("b.jsonl"));
        var cut = await RunningParallax.Run("convert", PathOf("cut.plx"), PathOf("c.jsonl"));

        Assert.DoesNotContain("was not closed", whole.Errors, StringComparison.Ordinal);
        Assert.Contains($"warning: {PathOf("cut.plx")} was not closed: ", cut.Errors, StringComparison.Ordinal);
        Assert.Contains("1 exchanges written", cut.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Inspect_BlockLargerThanTheMemoryAllows_SaysSo()
    {
        await File.WriteAllTextAsync(
            PathOf("large.gor"),
            $"1 a 1 0\nPOST / HTTP/1.1\r\nContent-Length: {20 << 20}\r\n\r\n{new string('x', 20 << 20)}\n🐵🙈🙉\n",
            TestContext.Current.CancellationToken);
        await RunningParallax.Run("convert", PathOf("large.gor"), PathOf("large.plx"), "--compress", "gzip", "--keep-raw");

        Assert.Equal(0, (await RunningParallax.Run("inspect", PathOf("large.plx"))).ExitCode);
        await Refused($"{PathOf("large.plx")}: has a block of 20 MiB at byte ", "inspect", PathOf("large.plx"), "--memory-limit", "128mb");
    }

    [Fact]
    public async Task Inspect_GorLargerThanTheMemory_IsReadInIt()
    {
        await using (var file = File.Create(PathOf("long.gor")))
        {
            for (var number = 0; number < 10_000; number++)
            {
                var record = $"1 {number} 1 0\nPOST / HTTP/1.1\r\nContent-Length: 9000\r\n\r\n{new string('x', 9000)}\n🐵🙈🙉\n";
                await file.WriteAsync(System.Text.Encoding.UTF8.GetBytes(record), TestContext.Current.CancellationToken);
            }
        }

        Assert.Equal(0, (await RunningParallax.Run("inspect", PathOf("long.gor"), "--memory-limit", "128mb")).ExitCode);
    }

    [Fact]
    public async Task Commands_GzipThatBreaksOffBetweenRecords_SaySoAndFail()
    {
        using var sink = Sink.Open();
        var compressed = new MemoryStream();
        await using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
        {
            var plain = await File.ReadAllBytesAsync(PathOf("a.gor"), TestContext.Current.CancellationToken);
            await gzip.WriteAsync(plain, TestContext.Current.CancellationToken);
        }

        await File.WriteAllBytesAsync(PathOf("cut.gor.gz"), compressed.ToArray()[..^8], TestContext.Current.CancellationToken);
        foreach (var arguments in (string[][])
            [["inspect", PathOf("cut.gor.gz")], ["convert", PathOf("cut.gor.gz"), PathOf("cut.jsonl")],
                ["replay", PathOf("cut.gor.gz"), "--to", sink.Url, "--quiet", "--speed", "max"]])
        {
            var ended = await RunningParallax.Run(arguments);

            Assert.Equal(1, ended.ExitCode);
            Assert.Contains($"warning: {PathOf("cut.gor.gz")}: its gzip stream breaks off", ended.Errors, StringComparison.Ordinal);
        }

        Assert.Equal(["/next"], sink.Targets);
    }

    [Fact]
    public async Task Convert_LinkAtTheTemporaryName_IsNotFollowed()
    {
        await File.WriteAllTextAsync(PathOf("victim"), "mine", TestContext.Current.CancellationToken);
        File.CreateSymbolicLink(PathOf("b.plx.part"), PathOf("victim"));

        await Refused($"{PathOf("b.plx.part")}: is not a file, but a link", "convert", PathOf("a.gor"), PathOf("b.plx"));
        Assert.Equal("mine", await File.ReadAllTextAsync(PathOf("victim"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Convert_PipeAtTheTemporaryName_IsNotWaitedFor()
    {
        using var made = Process.Start("mkfifo", [PathOf("b.plx.part")]);
        await made.WaitForExitAsync(TestContext.Current.CancellationToken);

        await Refused($"{PathOf("b.plx.part")}: is not a file, but a link, a pipe", "convert", PathOf("a.gor"), PathOf("b.plx"));
    }

    [Fact]
    [Trait("needs", "root")]
    public async Task Convert_FileOfAnotherUserAtTheTemporaryName_StaysTheirs()
    {
        Needs.Root();
        await File.WriteAllTextAsync(PathOf("b.plx.part"), "theirs", TestContext.Current.CancellationToken);
        using var given = Process.Start("chown", ["65534", PathOf("b.plx.part")]);
        await given.WaitForExitAsync(TestContext.Current.CancellationToken);

        await Refused($"{PathOf("b.plx.part")}: belongs to another user", "convert", PathOf("a.gor"), PathOf("b.plx"));
        Assert.Equal("theirs", await File.ReadAllTextAsync(PathOf("b.plx.part"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Convert_FileLeftAtTheTemporaryName_IsReplaced()
    {
        await File.WriteAllTextAsync(PathOf("b.plx.part"), new string('x', 9999), TestContext.Current.CancellationToken);
        var ended = await RunningParallax.Run("convert", PathOf("a.gor"), PathOf("b.plx"));

        Assert.Equal(0, ended.ExitCode);
        Assert.Equal(["a.gor", "b.plx"], Directory.GetFiles(_folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("b.plx")]
    [InlineData("b.har")]
    [InlineData("b.jsonl.gz")]
    [Trait("needs", "root")]
    public async Task Convert_DiskFull_SaysSoAndLeavesNothing(string output)
    {
        var disk = Directory.CreateDirectory(PathOf("disk")).FullName;
        Assert.SkipUnless(await Run("mount", "-t", "tmpfs", "-o", "size=64k", "none", disk) == 0, "a small file system cannot be mounted");
        try
        {
            await File.WriteAllBytesAsync(Path.Combine(disk, "most"), new byte[60 << 10], TestContext.Current.CancellationToken);
            var octets = Convert.ToHexString(System.Security.Cryptography.RandomNumberGenerator.GetBytes(100_000));
            var record = $"1 a 1 0\nPOST / HTTP/1.1\r\nContent-Length: {octets.Length}\r\n\r\n{octets}\n🐵🙈🙉\n";
            await File.WriteAllTextAsync(PathOf("a.gor"), record, TestContext.Current.CancellationToken);
            var ended = await RunningParallax.Run("convert", PathOf("a.gor"), Path.Combine(disk, output), "--keep-raw");

            Assert.Equal(1, ended.ExitCode);
            Assert.StartsWith($"parallax: {Path.Combine(disk, output)}: cannot be written: ", ended.Errors, StringComparison.Ordinal);
            Assert.Equal(["most"], Directory.GetFiles(disk).Select(Path.GetFileName));
        }
        finally
        {
            await Run("umount", disk);
        }
    }

    [Fact]
    public async Task Convert_OntoAFolder_IsRefusedAtOnce()
    {
        var folder = Directory.CreateDirectory(PathOf("b.plx")).FullName;

        await Refused($"{folder}: is a folder", "convert", PathOf("a.gor"), folder, "--force");
    }

    private static int LeftOutIn(JsonElement account) => account.GetProperty("leftOut").GetProperty("several-requests").GetInt32();

    private static async Task Refused(string why, params string[] arguments)
    {
        var ended = await RunningParallax.Run(arguments);

        Assert.Equal(2, ended.ExitCode);
        Assert.StartsWith($"parallax: {why}", ended.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', ended.Errors.Trim());
    }

    private static async Task<int> Run(string command, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardError = true })!;
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return process.ExitCode;
    }

    private string PathOf(string name) => Path.Combine(_folder, name);
}

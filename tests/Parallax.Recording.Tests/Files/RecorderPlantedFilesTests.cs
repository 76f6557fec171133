using System.Diagnostics;
using Parallax.Recording.Files;
using Parallax.Recording.Plx;
using Parallax.Recording.Tests.Plx;
using Parallax.Traffic.Queues;

namespace Parallax.Recording.Tests.Files;

/// <summary>What others put in the way of a recording, or take from it, while it is written.</summary>
public sealed class RecorderPlantedFilesTests : RecorderSuite
{
    [Fact]
    public void Start_LinkAtTheTemporaryName_IsNotFollowed()
    {
        File.WriteAllBytes(PathOf("victim"), PlxOctets.Write(StoredEntry.Many(1, 20), finish: false));
        var before = File.ReadAllBytes(PathOf("victim"));
        File.CreateSymbolicLink(PathOf("a.plx.part"), PathOf("victim"));
        RecordOne();

        Assert.Equal(before, File.ReadAllBytes(PathOf("victim")));
        Assert.Equal(["a-2.plx", "a.plx.part", "victim"], Names());
    }

    [Theory]
    [InlineData("a.plx.part", "a-2.plx")]
    [InlineData("a.plx", "a-2.plx")]
    public void Start_LinkThatLeadsNowhere_StaysAndNothingIsMadeThere(string name, string recorded)
    {
        File.CreateSymbolicLink(PathOf(name), PathOf("elsewhere"));
        RecordOne();

        Assert.Equal(new[] { recorded, name }.Order(StringComparer.Ordinal), Names());
    }

    [Fact]
    public void Start_PipeAtTheTemporaryName_IsNotWaitedFor()
    {
        using var made = Process.Start("mkfifo", [PathOf("a.plx.part")]);
        made.WaitForExit();
        RecordOne();

        Assert.Equal(["a-2.plx", "a.plx.part"], Names());
    }

    [Fact]
    [Trait("needs", "root")]
    public void Start_FileOfAnotherUserAtTheTemporaryName_IsLeftAlone()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess && OperatingSystem.IsLinux(), "needs root");
        var others = PlxOctets.Write(StoredEntry.Many(1, 20), finish: false);
        File.WriteAllBytes(PathOf("a.plx.part"), others);
        using var given = Process.Start("chown", ["65534", PathOf("a.plx.part")]);
        given.WaitForExit();
        RecordOne();

        Assert.Equal(others, File.ReadAllBytes(PathOf("a.plx.part")));
        Assert.Equal(["a-2.plx", "a.plx.part"], Names());
    }

    [Fact]
    public void Flush_FileDeletedMeanwhile_BeginsTheNextAndCountsWhatIsGone()
    {
        using var recorder = Start("a.plx", Often);
        OfferAndFlush(recorder, 10);
        File.Delete(PathOf("a.plx.part"));
        Offer(recorder, 1);
        Await(() => File.Exists(PathOf("a.plx.part")));
        Offer(recorder, 5);
        recorder.Dispose();

        Assert.Equal(["a.plx"], Names());
        Assert.Equal(EntriesOf("a.plx"), recorder.Account.Recorded);
        Assert.Equal(16, recorder.Account.Recorded + recorder.Account.Dropped[(int)DropReason.RecordingFailed]);
        Assert.InRange(recorder.Account.Recorded, 5, 6);
        Assert.Contains("was deleted while it was written", Assert.Single(Failures), StringComparison.Ordinal);
    }

    [Fact]
    public void Finish_FileReplacedMeanwhile_IsNeitherCountedNorGivenTheName()
    {
        using var recorder = Start("a.plx", Seldom);
        Offer(recorder, 10);
        Await(() => recorder.Account.Waiting == 0 || File.Exists(PathOf("a.plx.part")));
        File.Delete(PathOf("a.plx.part"));
        File.WriteAllText(PathOf("a.plx.part"), "somebody else's");
        recorder.Dispose();

        Assert.Equal(["a.plx.part"], Names());
        Assert.Equal((10L, 0L, 10L, 0L), Sums(recorder.Account));
    }

    [Fact]
    public void Finish_NameTakenMeanwhile_TakesTheNextOne()
    {
        using var recorder = Start("a.plx", Seldom);
        Offer(recorder, 3);
        File.WriteAllText(PathOf("a.plx"), "somebody else's");
        File.CreateSymbolicLink(PathOf("a-2.plx"), PathOf("elsewhere"));
        recorder.Dispose();

        Assert.Equal(["a-2.plx", "a-3.plx", "a.plx"], Names());
        Assert.Equal((3L, 3L, 0L, 1L), Sums(recorder.Account));
    }

    [Fact]
    public void Rotate_FolderGone_StopsAndCountsEveryExchange()
    {
        var folder = Directory.CreateDirectory(PathOf("gone")).FullName;
        using var recorder = Start("gone/a.plx", Often);
        OfferAndFlush(recorder, 4);
        Directory.Delete(folder, recursive: true);
        Offer(recorder, 2);
        Await(() => recorder.Account.Dropped.Sum() == 6);
        recorder.Dispose();

        Assert.Equal((6L, 0L, 6L, 0L), Sums(recorder.Account));
    }

    [Theory]
    [InlineData(RedactionState.Raw, UnixFileMode.UserRead | UnixFileMode.UserWrite)]
    [InlineData(RedactionState.Redacted, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead)]
    public void Start_AnyRecording_IsReadByNobodyElse(RedactionState state, UnixFileMode mode)
    {
        using var recorder = Start("a.plx", options => options with { Format = options.Format with { Redaction = state } });

        Assert.SkipWhen(OperatingSystem.IsWindows(), "files have no mode there");
        Assert.Equal(mode, new FileInfo(PathOf("a.plx.part")).UnixFileMode);
    }

    private static RecordingOptions Often(RecordingOptions options) => options with { FlushInterval = TimeSpan.FromMilliseconds(10) };

    private static RecordingOptions Seldom(RecordingOptions options) => options with { FlushInterval = TimeSpan.FromHours(1) };

    private void RecordOne()
    {
        using var recorder = Start("a.plx");
        Offer(recorder, 1);
        recorder.Dispose();
        Assert.Equal((1L, 1L, 0L, 1L), Sums(recorder.Account));
    }
}

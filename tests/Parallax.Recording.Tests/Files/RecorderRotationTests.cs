using Parallax.Recording.Files;
using Parallax.Traffic.Queues;

namespace Parallax.Recording.Tests.Files;

/// <summary>Recordings that somebody else rotates: by a signal, by renaming, by copying and truncating.</summary>
public sealed class RecorderRotationTests : RecorderSuite
{
    [Fact]
    public void BeginNextFile_AfterEntries_FinishesTheFile()
    {
        using var recorder = Start("a.plx", Often);
        Offer(recorder, 10);
        recorder.BeginNextFile();
        Await(() => recorder.Account.Files == 1);
        Offer(recorder, 5);
        recorder.Dispose();

        Assert.Equal(["a-2.plx", "a.plx"], Names());
        Assert.Equal((15L, 15L, 0L, 2L), Sums(recorder.Account));
    }

    [Fact]
    public void BeginNextFile_NoEntries_KeepsTheFile()
    {
        using var recorder = Start("a.plx", Often);
        recorder.BeginNextFile();
        recorder.BeginNextFile();
        Offer(recorder, 5);
        recorder.Dispose();

        Assert.Equal(["a.plx"], Names());
    }

    [Fact]
    public void BeginNextFile_AfterARename_FinishesTheFileUnderItsNewName()
    {
        using var recorder = Start("a.plx", Often);
        OfferAndFlush(recorder, 10);
        File.Move(PathOf("a.plx.part"), PathOf("yesterday.plx"));
        recorder.BeginNextFile();
        Await(() => recorder.Account.Files == 1);
        Offer(recorder, 5);
        recorder.Dispose();

        Assert.Equal(["a.plx", "yesterday.plx"], Names());
        Assert.Equal([5, 10], Names().Select(EntriesOf));
        Assert.Equal((15L, 15L, 0L, 2L), Sums(recorder.Account));
        Assert.Empty(Failures);
    }

    [Fact]
    public void Dispose_AfterARename_FinishesTheFileUnderItsNewName()
    {
        using var recorder = Start("a.plx", Often);
        OfferAndFlush(recorder, 10);
        File.Move(PathOf("a.plx.part"), PathOf("yesterday.plx"));
        Offer(recorder, 5);
        recorder.Dispose();

        Assert.Equal(["yesterday.plx"], Names());
        Assert.Equal(15, EntriesOf("yesterday.plx"));
        Assert.Equal((15L, 15L, 0L, 1L), Sums(recorder.Account));
    }

    [Fact]
    public void BeginNextFile_AfterADeletion_CountsWhatIsLostAndGoesOn()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux tells a deleted file from a renamed one");
        using var recorder = Start("a.plx", Often);
        OfferAndFlush(recorder, 10);
        File.Delete(PathOf("a.plx.part"));
        recorder.BeginNextFile();
        Await(() => recorder.Account.Dropped[(int)DropReason.RecordingFailed] == 10);
        Offer(recorder, 5);
        recorder.Dispose();

        Assert.Equal(["a.plx"], Names());
        Assert.Equal((15L, 5L, 10L, 1L), Sums(recorder.Account));
        Assert.Contains("was deleted while it was written", Assert.Single(Failures), StringComparison.Ordinal);
    }

    [Fact]
    public void Dispose_AfterADeletion_SaysWhatIsLost()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux tells a deleted file from a renamed one");
        using var recorder = Start("a.plx", Often);
        OfferAndFlush(recorder, 10);
        File.Delete(PathOf("a.plx.part"));
        recorder.Dispose();

        Assert.Empty(Names());
        Assert.Equal((10L, 0L, 10L, 0L), Sums(recorder.Account));
    }

    [Fact]
    public void Offer_AfterCopyAndTruncate_BeginsTheFileAgain()
    {
        using var recorder = Start("a.plx", Often);
        OfferAndFlush(recorder, 10);
        File.Copy(PathOf("a.plx.part"), PathOf("copy.plx"));
        File.WriteAllBytes(PathOf("a.plx.part"), []);
        Offer(recorder, 5);
        recorder.Dispose();

        Assert.Equal(["a.plx", "copy.plx"], Names());
        Assert.Equal([5, 10], Names().Select(EntriesOf));
        Assert.Equal((15L, 15L, 0L, 1L), Sums(recorder.Account));
    }

    private static RecordingOptions Often(RecordingOptions options) => options with { FlushInterval = TimeSpan.FromMilliseconds(1) };
}

using Parallax.Traffic.Queues;

namespace Parallax.Recording.Tests.Files;

/// <summary>A disk that hangs, or more waiting than can be written in time, holds up the end no longer than it is waited for.</summary>
public sealed class RecorderEndTests : RecorderSuite
{
    [Fact]
    public void End_DiskHangsForGood_IsLeftBehindAndEveryExchangeIsAccountedFor()
    {
        using var never = new ManualResetEventSlim();
        using var recorder = Start("a.plx");
        OfferAndFlush(recorder, 3);
        Clock.HangsUntil = never.WaitHandle;
        Offer(recorder, 10);
        Await(() => Clock.IsHanging);
        recorder.End(new CancellationToken(canceled: true));

        Assert.Equal((13L, 3L, 10L, 0L), Sums(recorder.Account));
        Assert.Equal(10, recorder.Account.Dropped[(int)DropReason.Shutdown]);
        var said = Assert.Single(Failures);
        Assert.EndsWith("10 exchanges are not recorded; its last file keeps the ending .part", said, StringComparison.Ordinal);
        Assert.Equal(["a.plx.part"], Names());
        never.Set();
    }

    [Fact]
    public async Task End_DiskThatIsSlow_FinishesTheFileWithWhatIsWritten()
    {
        using var token = new CancellationTokenSource();
        using var hang = new ManualResetEventSlim();
        using var recorder = Start("a.plx");
        OfferAndFlush(recorder, 3);
        Clock.HangsUntil = hang.WaitHandle;
        Offer(recorder, 10);
        Await(() => Clock.IsHanging);
        token.Token.Register(hang.Set);
        await token.CancelAsync();
        recorder.End(token.Token);

        Assert.Equal(["a.plx"], Names());
        var (offered, recorded, dropped, files) = Sums(recorder.Account);
        Assert.Equal((13L, 13L, 1L), (offered, recorded + dropped, files));
        Assert.Equal(recorded, EntriesOf("a.plx"));
        Assert.Equal(dropped, recorder.Account.Dropped[(int)DropReason.Shutdown]);
        Assert.Equal(0, Pool.RentedBlocks);
    }

    [Fact]
    public void End_NothingHangs_WritesAllAndSaysNothing()
    {
        using var recorder = Start("a.plx");
        Offer(recorder, 100);
        recorder.End(TestContext.Current.CancellationToken);
        recorder.End(TestContext.Current.CancellationToken);

        Assert.Equal((100L, 100L, 0L, 1L), Sums(recorder.Account));
        Assert.Empty(Failures);
    }

    [Fact]
    public void Discard_NothingWasOffered_LeavesNoFile()
    {
        using var recorder = Start("a.plx");
        recorder.Discard();

        Assert.Empty(Names());
        Assert.Empty(Failures);
        Assert.Equal(0, recorder.Account.Files);
    }

    [Fact]
    public void Discard_SomethingWasOffered_FinishesTheFile()
    {
        using var recorder = Start("a.plx");
        Offer(recorder, 3);
        recorder.Discard();

        Assert.Equal(["a.plx"], Names());
        Assert.Equal(3, EntriesOf("a.plx"));
    }

    [Fact]
    public void Discard_AnotherFileTookItsPlace_LeavesThatAlone()
    {
        using var recorder = Start("a.plx");
        File.Delete(PathOf("a.plx.part"));
        File.WriteAllText(PathOf("a.plx.part"), "mine");
        recorder.Discard();

        Assert.Equal("mine", File.ReadAllText(PathOf("a.plx.part")));
    }

    [Fact]
    public void Start_PipeUnderTheNameOfAnUnfinishedFile_IsLeftAlone()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs mkfifo");
        using (var mkfifo = System.Diagnostics.Process.Start("mkfifo", PathOf("a.plx.part")))
        {
            mkfifo.WaitForExit();
        }

        using var recorder = Start("a.plx");
        Offer(recorder, 2);
        recorder.End(TestContext.Current.CancellationToken);
        Assert.Equal(2, EntriesOf("a-2.plx"));
    }
}

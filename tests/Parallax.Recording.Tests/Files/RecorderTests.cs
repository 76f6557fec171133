using Parallax.Recording.Entries;
using Parallax.Recording.Files;
using Parallax.Recording.Tests.Plx;
using Parallax.Traffic.Queues;

namespace Parallax.Recording.Tests.Files;

public sealed class RecorderTests : RecorderSuite
{
    [Fact]
    public void Dispose_AfterOffers_HasAllInOneFinishedFile()
    {
        using var recorder = Start("a.plx");
        Offer(recorder, 500);
        recorder.Dispose();

        Assert.Equal(500, PlxOctets.Read(File.ReadAllBytes(PathOf("a.plx"))).Count);
        Assert.Equal(["a.plx"], Names());
        Assert.Equal((500L, 500L, 0L, 1L), Sums(recorder.Account));
        Assert.Equal(0, Pool.RentedBlocks);
    }

    [Fact]
    public void Start_NameTaken_TakesTheNextNumber()
    {
        File.WriteAllText(PathOf("a.plx"), "mine");
        Start("a.plx").Dispose();
        Start("a.plx").Dispose();

        Assert.Equal(["a-2.plx", "a-3.plx", "a.plx"], Names());
        Assert.Equal("mine", File.ReadAllText(PathOf("a.plx")));
    }

    [Fact]
    public void Start_PlacesInTheName_AreTheTime()
    {
        Start("r-%Y%m%d-%H%M%S-%%.plx").Dispose();

        Assert.Equal(["r-20260301-123456-%.plx"], Names());
    }

    [Theory]
    [InlineData("%q.plx", "%q")]
    [InlineData("", "names no file")]
    [InlineData("nowhere/a.plx", "does not exist")]
    [InlineData(".", "folder")]
    public void Start_PathNotRight_SaysWhy(string name, string why)
    {
        var path = name.Length == 0 ? name : PathOf(name);
        var refusal = Assert.Throws<RecordingException>(() => new Recorder(new() { Path = path }, Clock, Failures.Add));

        Assert.Contains(why, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Offer_BeyondTheCount_BeginsAnotherFile()
    {
        using var recorder = Start("a.plx", options => options with { MaxFileEntries = 100 });
        Offer(recorder, 250);
        recorder.Dispose();

        Assert.Equal(["a-2.plx", "a-3.plx", "a.plx"], Names());
        Assert.Equal([100, 50, 100], Names().Select(name => PlxOctets.Read(File.ReadAllBytes(PathOf(name))).Count));
    }

    [Fact]
    public void Offer_KeepBytes_DeletesTheOldestOfItsOwn()
    {
        File.WriteAllText(PathOf("a-other.plx"), new string('x', 100_000));
        using var recorder = Start("a.plx", options => options with { MaxFileEntries = 20, KeepBytes = 20_000 });
        Offer(recorder, 1000);
        recorder.Dispose();

        var kept = new DirectoryInfo(Folder).GetFiles().Where(file => file.Name != "a-other.plx").ToList();
        Assert.InRange(kept.Sum(file => file.Length), 1, 20_000);
        Assert.Contains("a-other.plx", Names());
        Assert.Equal(50, recorder.Account.Files);
    }

    [Fact]
    public void Offer_KeepAge_DeletesWhatIsOlder()
    {
        Start("a.plx").Dispose();
        File.SetLastWriteTimeUtc(PathOf("a.plx"), Clock.GetUtcNow().UtcDateTime.AddHours(-3));
        using var recorder = Start("a.plx", options => options with { KeepAge = TimeSpan.FromHours(2) });
        recorder.Dispose();

        Assert.Equal(["a-2.plx"], Names());
    }

    [Fact]
    public void Offer_AfterTheAge_BeginsAnotherFile()
    {
        using var recorder = Start(
            "%H%M.plx",
            options => options with { MaxFileAge = TimeSpan.FromMinutes(1), FlushInterval = TimeSpan.FromMilliseconds(1) });
        Offer(recorder, 1);
        SpinWait.SpinUntil(() => recorder.Account.Recorded == 1);
        Clock.Advance(TimeSpan.FromMinutes(2));
        SpinWait.SpinUntil(() => recorder.Account.Files == 1);
        Offer(recorder, 1);
        recorder.Dispose();

        Assert.Equal(["1234.plx", "1236.plx"], Names());
    }

    [Fact]
    public void Offer_Waiting_IsFlushedAfterTheInterval()
    {
        using var recorder = Start("a.plx", options => options with { FlushInterval = TimeSpan.FromMilliseconds(1) });
        Offer(recorder, 3);

        Assert.True(SpinWait.SpinUntil(() => recorder.Account.Recorded == 3, TimeSpan.FromSeconds(20)));
        Assert.Equal(3, PlxOctets.Read(File.ReadAllBytes(PathOf("a.plx.part"))).Count);
    }

    [Fact]
    public void Start_AnotherWasKilled_FinishesItsFile()
    {
        var entries = StoredEntry.Many(1, 20);
        File.WriteAllBytes(PathOf("a.plx.part"), [.. PlxOctets.Write(entries, finish: false), 1, 2, 3]);

        using var recorder = Start("a.plx");
        recorder.Dispose();

        Assert.Equal(1, recorder.RecoveredFiles);
        Assert.Equal(["a-2.plx", "a.plx"], Names());
        PlxOctets.Read(File.ReadAllBytes(PathOf("a.plx")), out var losses, out var closed);
        Assert.Equal((default, true), (losses, closed));
    }

    [Fact]
    public void Start_AnotherIsRecording_LeavesItsFileAlone()
    {
        using var first = Start("a.plx");
        using var second = Start("a.plx");
        Offer(first, 10);
        Offer(second, 20);
        first.Dispose();
        second.Dispose();

        Assert.Equal(10, PlxOctets.Read(File.ReadAllBytes(PathOf("a.plx"))).Count);
        Assert.Equal(20, PlxOctets.Read(File.ReadAllBytes(PathOf("a-2.plx"))).Count);
    }

    // On the thread that records nobody else could catch them: one that got out would end the process.
    [Theory]
    [InlineData(typeof(InvalidOperationException), false)]
    [InlineData(typeof(NullReferenceException), false)]
    [InlineData(typeof(OutOfMemoryException), false)]
    [InlineData(typeof(OverflowException), true)]
    public void Offer_AnyFault_EndsTheRecordingOnlyAndShowsInTheAccount(Type kind, bool isListenerBroken)
    {
        var fault = (Exception)Activator.CreateInstance(kind)!;
        var options = new RecordingOptions { Path = PathOf("a.plx"), FlushInterval = TimeSpan.FromMilliseconds(1) };
        using var recorder = new Recorder(options, Clock, isListenerBroken ? _ => throw fault : Failures.Add);
        Offer(recorder, 10);
        Assert.True(SpinWait.SpinUntil(() => recorder.Account.Recorded == 10, TimeSpan.FromSeconds(20)));
        Clock.Fault = fault;
        Offer(recorder, 5);
        recorder.Dispose();

        Assert.Equal((15L, 10L, 5L, 1L), Sums(recorder.Account));
        Assert.Equal(5, recorder.Account.Dropped[(int)DropReason.RecordingFailed]);
        Assert.Equal(isListenerBroken ? [] : [$"recording to {options.Path} stopped: {fault.Message}"], Failures);
        Assert.Equal(10, PlxOctets.Read(File.ReadAllBytes(PathOf("a.plx"))).Count);
        Assert.Equal(0, Pool.RentedBlocks);
    }

    [Fact]
    public void Offer_FullQueue_IsDroppedAndCounted()
    {
        using var recorder = Start("a.plx", options => options with { QueueBytes = 1 });
        Offer(recorder, 10);
        recorder.Dispose();

        Assert.Equal(10, recorder.Account.Dropped[(int)DropReason.QueueBytes]);
        Assert.Equal((10L, 0L, 10L, 1L), Sums(recorder.Account));
        Assert.Equal(0, Pool.RentedBlocks);
    }

    [Fact]
    public void Offer_AfterTheEnd_IsDroppedAsShutdown()
    {
        using var recorder = Start("a.plx");
        recorder.Dispose();
        Offer(recorder, 1);

        Assert.Equal(1, recorder.Account.Dropped[(int)DropReason.Shutdown]);
    }

    [Fact]
    public void File_Raw_IsReadByItsOwnerOnly()
    {
        Start("a.plx").Dispose();
        var mode = OperatingSystem.IsWindows() ? (UnixFileMode?)null : File.GetUnixFileMode(PathOf("a.plx"));

        Assert.SkipWhen(mode is null, "modes are Unix's");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, mode);
    }
}

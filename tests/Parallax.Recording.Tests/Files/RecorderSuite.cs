using Parallax.Recording.Files;
using Parallax.Recording.Tests.Plx;
using Parallax.TestKit;
using Parallax.Traffic.Exchanges;

namespace Parallax.Recording.Tests.Files;

/// <summary>A folder to record to, with a clock that stands still until a test moves it, and what was recorded there.</summary>
public abstract class RecorderSuite : IDisposable
{
    private protected RecorderSuite()
    {
    }

    protected string Folder { get; } = Directory.CreateTempSubdirectory("parallax-recorder-").FullName;

    private protected BreakableClock Clock { get; } = new();

    private protected OctetPool Pool { get; } = new(1 << 24, new BlockTracker());

    protected List<string> Failures { get; } = [];

    public void Dispose()
    {
        Directory.Delete(Folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    private protected static (long Offered, long Recorded, long Dropped, long Files) Sums(RecorderAccount account)
    {
        Assert.Equal(account.Offered, account.Recorded + account.Dropped.Sum());
        return (account.Offered, account.Recorded, account.Dropped.Sum(), account.Files);
    }

    private protected Recorder Start(string name, Func<RecordingOptions, RecordingOptions>? change = null)
    {
        var options = new RecordingOptions { Path = PathOf(name) };
        return new(change?.Invoke(options) ?? options, Clock, Failures.Add);
    }

    private protected void Offer(Recorder recorder, int count)
    {
        for (var id = 1; id <= count; id++)
        {
            using var exchange = new Exchange { Id = id, Session = 1, Client = default, Server = default };
            exchange.SetRequest(Messages.Request(Pool, $"GET /{id} HTTP/1.1\r\nHost: a\r\n\r\n"));
            recorder.Offer(exchange);
        }
    }

    /// <summary>The same, and waits until a file holds them.</summary>
    private protected void OfferAndFlush(Recorder recorder, int count)
    {
        var before = recorder.Account.Recorded;
        Offer(recorder, count);
        Await(() => recorder.Account.Recorded == before + count);
    }

    private protected static void Await(Func<bool> condition) => Assert.True(SpinWait.SpinUntil(condition, TimeSpan.FromSeconds(20)));

    private protected int EntriesOf(string name) => PlxOctets.Read(File.ReadAllBytes(PathOf(name))).Count;

    protected string PathOf(string name) => Path.Combine(Folder, name);

    protected List<string> Names() => [.. Directory.GetFiles(Folder).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];
}

using Parallax.TestKit;
using Parallax.Traffic.Policy;

namespace Parallax.Traffic.Tests.Policy;

public sealed class SessionTableTests
{
    [Fact]
    public void Add_EachSession_IsNewsOnce()
    {
        var table = new SessionTable();
        Assert.Equal(SessionNews.IsNew | SessionNews.IsSampled, table.Add(Key(1), isSampled: true));
        Assert.Equal(SessionNews.None, table.Add(Key(1), isSampled: true));
        Assert.Equal(SessionNews.IsNew, table.Add(Key(2), isSampled: false));
        Assert.Equal(SessionNews.None, table.Add(Key(2), isSampled: false));
    }

    // A reload may change the share of a mirror.
    [Fact]
    public void Add_SampledLater_IsNewsOnceMore()
    {
        var table = new SessionTable();
        Assert.Equal(SessionNews.IsNew, table.Add(Key(1), isSampled: false));
        Assert.Equal(SessionNews.IsSampled, table.Add(Key(1), isSampled: true));
        Assert.Equal(SessionNews.None, table.Add(Key(1), isSampled: true));
        Assert.Equal(SessionNews.None, table.Add(Key(1), isSampled: false));
    }

    [Fact]
    public void Add_MoreThanThereIsRoomFor_SaysSoAndKnowsTheOthers()
    {
        var table = new SessionTable();
        var news = Enumerable.Range(0, SessionTable.MaxSessions + 100).Select(session => table.Add(Key(session), false)).ToList();
        Assert.Equal(SessionTable.MaxSessions, news.Count(each => each == SessionNews.IsNew));
        Assert.Equal(100, news.Count(each => each == SessionNews.HasNoRoom));
        Assert.All(
            Enumerable.Range(0, news.Count).Where(session => news[session] == SessionNews.IsNew),
            session => Assert.Equal(SessionNews.None, table.Add(Key(session), false)));
    }

    // Somebody who knows the hash sends values that all want the same slot.
    [Fact]
    public void Add_KeysThatCollide_FindNoRoomAfterABoundedSearch()
    {
        var table = new SessionTable();
        var news = Enumerable.Range(0, 1000).Select(session => table.Add((ulong)session << 8, false)).ToList();
        Assert.InRange(news.Count(each => each == SessionNews.IsNew), 64, 256);
        Assert.Equal(1000, news.Count(each => each is SessionNews.IsNew or SessionNews.HasNoRoom));
        Assert.Equal(SessionNews.IsNew, table.Add(Key(1), false));
    }

    [Fact]
    public async Task Add_FromSeveralThreads_GivesEachPieceOfNewsToOne()
    {
        const int sessions = 20_000;
        var table = new SessionTable();
        using var start = new Barrier(4);
        var counts = await Task.WhenAll(Enumerable.Range(0, 4).Select(thread => Task.Factory.StartNew(
            () =>
            {
                start.SignalAndWait(TestContext.Current.CancellationToken);
                var news = Enumerable.Range(0, sessions).Select(session => table.Add(Key(session), thread % 2 == 0)).ToList();
                return (New: news.Count(IsNew), Sampled: news.Count(each => each.HasFlag(SessionNews.IsSampled)));
            },
            TestContext.Current.CancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)));
        Assert.Equal((sessions, sessions), (counts.Sum(each => each.New), counts.Sum(each => each.Sampled)));
    }

    [Fact]
    public void Add_DoesNotAllocate()
    {
        var table = new SessionTable();
        ulong key = 1;
        Assert.Equal(0, Allocations.LeastOf(() =>
        {
            for (var time = 0; time < 1000; time++)
            {
                key = (key * 6364136223846793005) + 1442695040888963407;
                table.Add(key, time % 2 == 0);
            }
        }));
    }

    private static bool IsNew(SessionNews news) => news.HasFlag(SessionNews.IsNew);

    private static ulong Key(int session) => StableHash.Of(BitConverter.GetBytes(session));
}

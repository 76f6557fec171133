using System.Net;
using System.Text;
using Parallax.Recording.Entries;
using Parallax.Recording.Files;
using Parallax.Shadows.Clients;
using Parallax.Shadows.Delivery;
using Parallax.TestKit;
using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Queues;

namespace Parallax.Shadows.Tests.Delivery;

/// <summary>An exchange is recorded when its shadows have ended, and in time when they are too many.</summary>
public sealed class AwaitedShadowsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("parallax-awaited-").FullName;
    private readonly OctetPool _pool = new();
    private readonly Recorder _recorder;

    public AwaitedShadowsTests() =>
        _recorder = new(new() { Path = Path.Combine(_folder, "a.plx") }, TimeProvider.System, Assert.Null);

    public void Dispose()
    {
        _recorder.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Exchange_AllShadowsHaveEnded_IsRecordedWithThem()
    {
        var awaited = new AwaitedShadows(_recorder, 1 << 20, 100, TimeProvider.System);
        var (one, other) = (TargetOf(awaited, "one"), TargetOf(awaited, "other"));
        Begin(awaited, 7, shadows: 3);
        Answer(one, 7, "HTTP/1.1 200 OK\r\n\r\n");
        Offer(awaited, 7);
        End(other, new() { Context = ContextOf(7), Result = ShadowResult.Failed, Failure = FailureReason.ResponseTimeout });
        Assert.Equal(0, _recorder.Account.Offered);
        End(other, new() { Context = ContextOf(7), Result = ShadowResult.Dropped, Drop = DropReason.QueueExpired });

        Assert.Equal(1, _recorder.Account.Offered);
        Assert.Equal(
            ["7: one none HTTP/1.1 200 OK\r\n\r\n", "7: other response-timeout ", "7: other queue-expired "], Recorded());
        Assert.Equal((3, 0, 0), (_recorder.Account.Shadows, _recorder.Account.MissingShadows.Sum(), _pool.RentedBytes));
    }

    [Fact]
    public void Shadow_ThatWasRefused_IsRecordedWithTheReason()
    {
        var awaited = new AwaitedShadows(_recorder, 1 << 20, 100, TimeProvider.System);
        awaited.Begin(1);
        awaited.Refuse(1, "one", DropReason.QueueItems);
        awaited.Expect(1, 1);
        Offer(awaited, 1);

        Assert.Equal(["1: one queue-items "], Recorded());
    }

    [Fact]
    public void Exchange_ThatIsNotRecorded_IsForgotten()
    {
        var awaited = new AwaitedShadows(_recorder, 1 << 20, 100, TimeProvider.System);
        var target = TargetOf(awaited, "one");
        Begin(awaited, 1, shadows: 2);
        Answer(target, 1, "HTTP/1.1 200 OK\r\n\r\n");
        awaited.Forget(1);
        Answer(target, 1, "HTTP/1.1 200 OK\r\n\r\n");
        awaited.End();

        Assert.Equal((0, 0), (_recorder.Account.Offered, _pool.RentedBytes));
    }

    [Fact]
    public void Exchange_WithoutShadowsOrRequest_IsRecordedAtOnce()
    {
        var awaited = new AwaitedShadows(_recorder, 1 << 20, 100, TimeProvider.System);
        Begin(awaited, 1, shadows: 0);
        Offer(awaited, 1);
        Offer(awaited, 2);

        Assert.Equal(2, _recorder.Account.Offered);
    }

    [Fact]
    public void Exchange_MoreThanMayWait_IsRecordedWithoutItsShadow()
    {
        var awaited = new AwaitedShadows(_recorder, 1 << 20, 100, TimeProvider.System) { MaxWaiting = 1 };
        var target = TargetOf(awaited, "one");
        Begin(awaited, 1, shadows: 1);
        Begin(awaited, 2, shadows: 1);
        Offer(awaited, 2);
        Answer(target, 2, "HTTP/1.1 200 OK\r\n\r\n");
        Offer(awaited, 1);
        awaited.End();

        Assert.Equal(["2:", "1:"], Recorded());
        Assert.Equal(1, _recorder.Account.MissingShadows[(int)MissingShadow.WaitLimit]);
    }

    [Fact]
    public void Exchange_BeyondTheBytesThatMayWait_IsRecordedWithTheShadowsThatCame()
    {
        var awaited = new AwaitedShadows(_recorder, 1, 100, TimeProvider.System);
        var target = TargetOf(awaited, "one");
        Begin(awaited, 1, shadows: 2);
        Answer(target, 1, "HTTP/1.1 204 No\r\n\r\n");
        Offer(awaited, 1);
        Assert.False(awaited.IsHalfFull);

        Assert.Equal(["1: one none HTTP/1.1 204 No\r\n\r\n"], Recorded());
        Assert.Equal(1, _recorder.Account.MissingShadows[(int)MissingShadow.MemoryLimit]);
    }

    [Fact]
    public void Answer_ThatWasNotKeptOrIsCut_SaysSo()
    {
        var awaited = new AwaitedShadows(_recorder, 1 << 20, 100, TimeProvider.System);
        var target = TargetOf(awaited, "one");
        Begin(awaited, 1, shadows: 2);
        End(target, new() { Context = ContextOf(1), Result = ShadowResult.Answered, Status = 200 });
        using (var answer = Response("HTTP/1.1 200 OK\r\n\r\n"))
        {
            End(target, new() { Context = ContextOf(1), Result = ShadowResult.Answered, Answer = answer, IsAnswerCut = true });
        }

        Offer(awaited, 1);

        Assert.Equal(["1: one answer-not-kept ", "1: one answer-cut HTTP/1.1 200 OK\r\n\r\n"], Recorded());
        Assert.Equal(1, _recorder.Account.MissingShadows[(int)MissingShadow.AnswerMemory]);
    }

    [Fact]
    public void Failures_OfTargetsAndDrops_HaveTheirNames()
    {
        Assert.All(Enum.GetValues<FailureReason>(), reason =>
            Assert.Equal(FailureReasons.NameOf(reason), ShadowFailures.NameOf((byte)reason)));
        Assert.All(Enum.GetValues<DropReason>().Except([DropReason.None]), reason =>
            Assert.Equal(DropReasons.NameOf(reason), ShadowFailures.NameOf(ShadowFailures.Of(reason))));
        Assert.All(Enumerable.Range(0, 256), number =>
            Assert.Equal((true, number), (ShadowFailures.TryFind(ShadowFailures.NameOf((byte)number), out var found), (int)found)));
    }

    private static RequestContext ContextOf(long id) => new(id, 0, default, 0);

    private static ShadowTargetConfig TargetOf(AwaitedShadows awaited, string name) => awaited.Watched(new()
    {
        Name = name,
        Url = new ServerUrl(false, "localhost", 1, "localhost:1"),
        Addresses = [new IPEndPoint(IPAddress.Loopback, 1)],
        Rewriter = null,
    });

    private static void Begin(AwaitedShadows awaited, long id, int shadows)
    {
        awaited.Begin(id);
        awaited.Expect(id, shadows);
    }

    private static void End(ShadowTargetConfig target, in ShadowOutcome outcome) => target.Observer!(target, outcome);

    private Message Response(string text)
    {
        var builder = default(MessageBuilder);
        builder.Begin(_pool, Wire.Http1.MessageKind.Response);
        builder.AppendWhole(Encoding.Latin1.GetBytes(text));
        return builder.Seal(MessageState.Complete);
    }

    private void Answer(ShadowTargetConfig target, long id, string text)
    {
        using var answer = Response(text);
        End(target, new() { Context = ContextOf(id), Result = ShadowResult.Answered, Status = 200, Answer = answer });
    }

    private void Offer(AwaitedShadows awaited, long id)
    {
        using var exchange = new Exchange { Id = id, Session = 1, Client = default, Server = default };
        exchange.SetRequest(Messages.Request(_pool, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
        awaited.Offer(exchange);
    }

    // Each exchange with its number; where it has shadows, a line for each.
    private List<string> Recorded()
    {
        _recorder.Dispose();
        using var reader = RecordingFormats.Open(Path.Combine(_folder, "a.plx"));
        var recorded = new List<string>();
        while (reader.TryRead(out var entry))
        {
            var id = entry.Facts.Id;
            recorded.AddRange(entry.Shadows.Count > 0 ? [] : [$"{id}:"]);
            foreach (var shadow in entry.Shadows)
            {
                var (mirror, response) = (Encoding.UTF8.GetString(shadow.Mirror), Encoding.Latin1.GetString(shadow.Response));
                recorded.Add($"{id}: {mirror} {ShadowFailures.NameOf(shadow.Failure)} {response}");
            }
        }

        return recorded;
    }
}

using System.Text;
using Parallax.Proxy.Bounds;
using Parallax.Proxy.Tests.Serving;
using Parallax.Recording.Entries;
using Parallax.Recording.Files;
using Parallax.TestKit;
using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Queues;

namespace Parallax.Proxy.Tests.Copies;

/// <summary>What a proxy with a recorder writes down: the exchange as the client and the primary know it.</summary>
public sealed class RecordingTests : IDisposable
{
    private const string Get = "GET /a HTTP/1.1\r\nHost: shop\r\nX-Odd:  two  blanks \r\n\r\n";
    private const string Ok = "HTTP/1.1 200 Fine\r\nDate: today\r\nContent-Length: 5\r\n\r\nhello";

    private readonly string _folder = Directory.CreateTempSubdirectory("parallax-proxy-record-").FullName;

    public static TheoryData<LoopKind> Loops => ProxyRig.Loops;

    private static long Now => TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Record_Exchange_OctetForOctetWithTimesAndEnds(LoopKind kind)
    {
        var before = Now;
        using var primary = TestServer.Answering(_ => Ok);
        var entries = await RecordAsync(kind, primary, rig => rig.SendAsync(Get));
        var entry = Assert.Single(entries);
        Assert.Equal((Get, Ok), (entry.Request, entry.Response));
        Assert.Equal(ExchangeFlags.None, entry.Facts.Flags);
        Assert.Equal(primary.Address.Port, entry.Facts.Server.Port);
        Assert.Equal(Endpoint.From(new(System.Net.IPAddress.Loopback, 0)).Address, entry.Facts.Client.Address);
        Assert.InRange(entry.Facts.RequestFirst.Nanoseconds / 1_000_000, before - 1, Now);
        Assert.True(entry.Facts.RequestFirst <= entry.Facts.RequestLast && entry.Facts.RequestLast <= entry.Facts.ResponseFirst);
        Assert.True(entry.Facts.ResponseFirst <= entry.Facts.ResponseLast);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Record_ChunkedWithTrailers_KeepsTheFraming(LoopKind kind)
    {
        const string Post = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nSum: 1\r\n\r\n";
        const string Answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: T\r\n\r\n2\r\nhi\r\n0\r\nT: v\r\n\r\n";
        using var primary = TestServer.Answering(_ => Answer);
        var entry = Assert.Single(await RecordAsync(kind, primary, rig => rig.SendAsync(Post)));
        Assert.Equal((Post, Answer), (entry.Request, entry.Response));
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Record_PipelinedOnOneConnection_OneSessionInOrder(LoopKind kind)
    {
        using var primary = TestServer.Answering(_ => Ok);
        var entries = await RecordAsync(kind, primary, async rig =>
        {
            using var client = await rig.ConnectAsync();
            await client.WriteAsync(string.Concat(Enumerable.Range(0, 5).Select(at => $"GET /{at} HTTP/1.1\r\nHost: a\r\n\r\n")));
            for (var at = 0; at < 5; at++)
            {
                await client.ReadAsync();
            }
        });
        Assert.Equal(Enumerable.Range(0, 5).Select(at => $"GET /{at} HTTP/1.1\r\nHost: a\r\n\r\n"), entries.Select(entry => entry.Request));
        Assert.Equal(Enumerable.Range(0, 5), entries.Select(entry => entry.Facts.SequenceInSession));
        Assert.Single(entries.Select(entry => entry.Facts.Session).Distinct());
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Record_Head_HasNoBody(LoopKind kind)
    {
        const string Answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
        using var primary = TestServer.Answering(_ => Answer);
        var entry = Assert.Single(await RecordAsync(kind, primary, rig => rig.SendAsync("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")));
        Assert.Equal((Answer, ExchangeFlags.None), (entry.Response, entry.Facts.Flags));
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Record_InterimResponse_IsMarkedAndTheFinalOneKept(LoopKind kind)
    {
        using var primary = TestServer.Answering(_ => "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + Ok);
        var entries = await RecordAsync(kind, primary, async rig =>
        {
            using var client = await rig.ConnectAsync();
            await client.WriteAsync(Get);
            await client.ReadAsync();
            await client.ReadAsync();
        });
        Assert.Equal((Ok, ExchangeFlags.InterimSeen), (entries[0].Response, entries[0].Facts.Flags));
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Record_Upgrade_TheTunnelIsNot(LoopKind kind)
    {
        const string Upgrade = "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
        const string Switching = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
        using var primary = new TestServer(async wire =>
        {
            await wire.ReadHeadAsync();
            await wire.WriteAsync(Switching + "hello");
        });
        var entries = await RecordAsync(kind, primary, async rig =>
        {
            using var client = await rig.ConnectAsync();
            await client.WriteAsync(Upgrade + "tunnelled");
            await client.ReadHeadAsync();
            await client.ReadExactlyAsync(5);
        });
        var entry = Assert.Single(entries);
        Assert.Equal((Upgrade, Switching, ExchangeFlags.Upgraded), (entry.Request, entry.Response, entry.Facts.Flags));
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Record_RestOfRequestThatThePrimaryDidNotTake_IsIncomplete(LoopKind kind)
    {
        using var primary = new TestServer(async wire =>
        {
            await wire.ReadHeadAsync();
            await wire.ReadExactlyAsync(wire.Number == 0 ? 3 : 0);
            await wire.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            await wire.IsAtEndAsync();
        });
        var entries = await RecordAsync(kind, primary, async rig =>
        {
            using var client = await rig.ConnectAsync();
            await client.WriteAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
            await client.ReadAsync();
            await client.WriteAsync("defghij" + Get);
            await client.ReadAsync();
        });
        var entry = entries[0];
        Assert.EndsWith("\r\n\r\nabc", entry.Request, StringComparison.Ordinal);
        Assert.Equal(ExchangeFlags.RequestIncomplete | ExchangeFlags.EarlyResponse, entry.Facts.Flags);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Record_ClientAborts_WhatCameIsKeptAsIncomplete(LoopKind kind)
    {
        var isThere = new TaskCompletionSource();
        using var primary = new TestServer(async wire =>
        {
            await wire.ReadHeadAsync();
            await wire.ReadExactlyAsync(3);
            isThere.SetResult();
            await wire.IsAtEndAsync();
        });
        var entries = await RecordAsync(kind, primary, async rig =>
        {
            using var client = await rig.ConnectAsync();
            await client.WriteAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
            await isThere.Task;
            client.Reset();
        });
        var entry = Assert.Single(entries);
        Assert.EndsWith("\r\n\r\nabc", entry.Request, StringComparison.Ordinal);
        Assert.Equal(ExchangeFlags.RequestIncomplete | ExchangeFlags.NoResponse, entry.Facts.Flags);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Record_PrimaryBreaksOff_TheResponseIsIncomplete(LoopKind kind)
    {
        using var primary = new TestServer(async wire =>
        {
            await wire.ReadHeadAsync();
            await wire.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
        });
        var entries = await RecordAsync(kind, primary, async rig =>
        {
            using var client = await rig.ConnectAsync();
            await client.WriteAsync(Get);
            await client.ReadToEndAsync();
        });
        Assert.Equal(ExchangeFlags.ResponseIncomplete, Assert.Single(entries).Facts.Flags);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Record_LargeBodies_AreCutAtTheLimitAndPassWhole(LoopKind kind)
    {
        var body = new string('x', 500_000);
        using var primary = TestServer.Answering(_ => $"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\n\r\n{body}");
        var post = $"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {body.Length}\r\n\r\n{body}";
        var passed = 0;
        var entry = Assert.Single(await RecordAsync(
            kind,
            primary,
            async rig => passed = (await rig.SendAsync(post)).Body.Length,
            maxBodyBytes: 100_000));
        Assert.Equal(body.Length, passed);
        Assert.Equal(ExchangeFlags.RequestTruncated | ExchangeFlags.ResponseTruncated, entry.Facts.Flags);
        Assert.Equal((100_000, 100_000), (BodyOf(entry.Request), BodyOf(entry.Response)));
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Record_LargeBodies_AreKeptWhole(LoopKind kind)
    {
        var body = new string('y', 300_000);
        using var primary = TestServer.Echo();
        var post = $"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {body.Length}\r\n\r\n{body}";
        var entry = Assert.Single(await RecordAsync(kind, primary, rig => rig.SendAsync(post)));
        Assert.Equal((post, ExchangeFlags.None), (entry.Request, entry.Facts.Flags));
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Record_WhatTheProxyAnswersItself_IsNot(LoopKind kind)
    {
        using var primary = TestServer.Answering(_ => Ok);
        Assert.Empty(await RecordAsync(
            kind, primary, rig => rig.SendAsync(Get), route: each => each with { DirectResponse = new() { Status = 204 } }));
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Record_NoPrimary_TheRequestIsKept(LoopKind kind)
    {
        using var primary = new TestServer(wire => wire.ReadHeadAsync());
        var entry = Assert.Single(await RecordAsync(kind, primary, rig => rig.SendAsync(Get)));
        Assert.Equal((Get, ExchangeFlags.NoResponse), (entry.Request, entry.Facts.Flags));
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Record_NoMemory_IsDroppedAndTrafficPasses(LoopKind kind)
    {
        // The first exchange holds what memory there is until the second has begun.
        var (first, second) = (new TaskCompletionSource(), new TaskCompletionSource());
        using var primary = new TestServer(async wire =>
        {
            await wire.ReadHeadAsync();
            (wire.Number == 0 ? first : second).SetResult();
            await second.Task;
            await wire.WriteAsync(Ok);
        });
        var entries = await RecordAsync(
            kind,
            primary,
            async rig =>
            {
                var one = rig.SendAsync(Get);
                await first.Task;
                Assert.Equal("hello", (await rig.SendAsync(Get)).Text);
                Assert.Equal("hello", (await one).Text);
            },
            maxBytes: 1,
            dropped: DropReason.QueueBytes);
        Assert.Single(entries);
    }

    private static int BodyOf(string message) => message.Length - message.IndexOf("\r\n\r\n", StringComparison.Ordinal) - 4;

    private async Task<IReadOnlyList<Recorded>> RecordAsync(
        LoopKind kind,
        TestServer primary,
        Func<ProxyRig, Task> use,
        long maxBodyBytes = 1 << 20,
        long maxBytes = 64 << 20,
        DropReason dropped = DropReason.None,
        Func<Proxy.Configuration.Model.RouteConfig, Proxy.Configuration.Model.RouteConfig>? route = null)
    {
        var path = Path.Combine(_folder, "a.plx");
        using var recorder = new Recording.Files.Recorder(new() { Path = path }, TimeProvider.System, fault => Assert.Fail(fault));
        var recording = new ProxyRecording(recorder, maxBytes, maxBodyBytes, TimeProvider.System);
        await using (var rig = new ProxyRig(kind, primary.Address, route: route, options: limits => limits with { Recording = recording }))
        {
            await use(rig);
        }

        recorder.Dispose();
        Assert.Equal(0, recording.HeldBytes);
        Assert.Equal((0, dropped == DropReason.None ? 0 : 1), (recorder.Account.Waiting, recorder.Account.Dropped[(int)dropped]));
        var entries = new List<Recorded>();
        using var reader = RecordingFormats.Open(path);
        while (reader.TryRead(out var entry))
        {
            entries.Add(new(entry.Facts, Encoding.Latin1.GetString(entry.Request), Encoding.Latin1.GetString(entry.Response)));
        }

        return entries;
    }

    private sealed record Recorded(EntryFacts Facts, string Request, string Response);
}

using Parallax.TestKit;

namespace Parallax.Capture.Tests.Pipeline;

/// <summary>Which response belongs to which request when not all of a connection was seen, or not in order, or more than once.</summary>
public sealed class PairingTests
{
    private static string Get(string path) => $"GET {path} HTTP/1.1\r\nHost: h\r\n\r\n";

    private static string Answer(string body) => $"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\n\r\n{body}";

    private static FlowScript Begin() => new FlowScript().Handshake();

    [Fact]
    public void LostResponse_PairingDoesNotSlip() => Assert.Equal(
        ["GET /1 > 200 [1]", "GET /2 > - GapInFlow", "GET /3 > 200 [3] GapInFlow", "GET /4 > 200 [4] GapInFlow"],
        Tap.Watch(Begin().Client(Get("/1")).Server(Answer("1")).Client(Get("/2")).Lose(1).Server(Answer("2"))
            .Client(Get("/3")).Server(Answer("3")).Client(Get("/4")).Server(Answer("4")).Fin()).Exchanges);

    [Fact]
    public void LostRequest_ItsResponseIsAnOrphan() => Assert.Equal(
        ["- > 200 [1] GapInFlow", "GET /2 > 200 [2] GapInFlow, PairingUncertain", "GET /3 > 200 [3] GapInFlow"],
        Tap.Watch(Begin().Lose(1).Client(Get("/1")).Server(Answer("1")).Client(Get("/2")).Server(Answer("2"))
            .Client(Get("/3")).Server(Answer("3")).Fin()).Exchanges);

    [Fact]
    public void LostRequestOfTwoSentTogether_ItsResponseIsTakenForTheOthersAndMarked()
    {
        var tap = Tap.Watch(Begin().Lose(1).Client(Get("/1")).Client(Get("/2")).Server(Answer("1")).Server(Answer("2"))
            .Client(Get("/3")).Server(Answer("3")).Fin());
        Assert.Equal(
            ["GET /2 > 200 [1] GapInFlow, PairingUncertain", "- > 200 [2] GapInFlow", "GET /3 > 200 [3] GapInFlow"], tap.Exchanges);
        Assert.Equal(["GET /2", "GET /3"], tap.Requests);
    }

    [Fact]
    public void LostResponseOfTwoSentTogether_TheOtherIsTakenForItAndMarked() => Assert.Equal(
        ["GET /1 > 200 [2] GapInFlow, PairingUncertain", "GET /2 > - GapInFlow", "GET /3 > 200 [3] GapInFlow"],
        Tap.Watch(Begin().Client(Get("/1")).Client(Get("/2")).Lose(1).Server(Answer("1")).Server(Answer("2"))
            .Client(Get("/3")).Server(Answer("3")).Fin()).Exchanges);

    [Theory]
    [InlineData("P", "OST")]
    [InlineData("DELET", "E")]
    [InlineData("O", "PTIONS")]
    public void FirstLettersOfAMethodLost_TheRestIsNoMethod(string lost, string rest) => Assert.Equal(
        ["GET /2 > 200 [2] GapInFlow, PairingUncertain"],
        Tap.Watch(Begin().Lose(1).Client(lost).Client($"{rest} /1 HTTP/1.1\r\nHost: h\r\n\r\n")
            .Client(Get("/2")).Server(Answer("2")).Fin()).Exchanges);

    [Fact]
    public void LostOctetsOfABody_RequestIsIncompleteAndTheNextIsFound()
    {
        var tap = Tap.Watch(Begin().Client("PUT /1 HTTP/1.1\r\nContent-Length: 6\r\n\r\n").Client("ab").Lose(1).Client("cd").Client("ef")
            .Server(Answer("1")).Client(Get("/2")).Server(Answer("2")).Fin());
        Assert.Equal(["PUT /1 [abef]? > 200 [1] GapInFlow", "GET /2 > 200 [2] GapInFlow"], tap.Exchanges);
        Assert.Equal((1, 1), (tap.Counters.RequestsIncomplete, tap.Counters.RequestsComplete));
    }

    [Fact]
    public void LostOctetsOfAHead_RequestIsIncomplete() => Assert.Equal(
        ["GET /1? > 200 [1] GapInFlow", "GET /2 > 200 [2] GapInFlow, PairingUncertain"],
        Tap.Watch(Begin().Client("GET /1 HTTP/1.1\r\nA: ").Lose(1).Client("b\r\n").Client("\r\n").Server(Answer("1"))
            .Client(Get("/2")).Server(Answer("2")).Fin()).Exchanges);

    [Theory]
    [InlineData("GET /1 HTTP/1.1\r\nHost: h\r\nCook")]
    [InlineData("GET /1 HT")]
    public void HeadCutBySnapLength_IsNeverComplete(string captured)
    {
        var segments = Begin().Client(captured).Server(Answer("1")).Fin().Segments
            .Select(segment => segment.Payload.Length == captured.Length ? segment with { MissingOctets = 20 } : segment)
            .Select(segment => segment.FromClient && segment.Time.Nanoseconds > FirstTime + 4_500_000
                ? segment with { Sequence = segment.Sequence + 20 }
                : segment);
        var tap = Tap.Watch(segments);
        Assert.Equal(["GET /1? > 200 [1] GapInFlow, SnapCut"], tap.Exchanges);
        Assert.Equal((0, 1), (tap.Counters.RequestsComplete, tap.Counters.RequestsIncomplete));
    }

    [Fact]
    public void ResponsesCapturedBeforeTheirRequests_ArePairedByAcknowledgment()
    {
        var inOrder = Begin().Client(Get("/1")).Server(Answer("1")).Client(Get("/2")).Server(Answer("2")).Fin().Segments;
        ScriptedSegment[] swapped = [.. inOrder.Take(3), inOrder[4], inOrder[3], inOrder[6], inOrder[5], .. inOrder.Skip(7)];
        Assert.Equal(
            ["GET /1 > 200 [1]", "GET /2 > 200 [2]"], Tap.Watch(swapped).Exchanges);
    }

    [Fact]
    public void PipelinedResponsesInOtherSegments_KeepTheirOrder() => Assert.Equal(
        ["GET /1 > 200 [1]", "GET /2 > 200 [2]", "GET /3 > 200 [3]"],
        Tap.Watch(Begin().Client(Get("/1")).Client(Get("/2")).Server(Answer("1")).Client(Get("/3")).Server(Answer("2") + Answer("3")).Fin())
            .Exchanges);

    [Fact]
    public void OnlyRequestsMirrored_EachIsAnnouncedAndNoneKeptForLong()
    {
        var script = Begin();
        for (var i = 0; i < 100; i++)
        {
            script.Client(Get($"/{i}"));
        }

        var tap = Tap.Watch(script.Segments.Where(segment => segment.FromClient));
        Assert.Equal(100, tap.Requests.Count);
        Assert.All(tap.Exchanges, exchange => Assert.EndsWith(" > -", exchange, StringComparison.Ordinal));
    }

    [Fact]
    public void OnlyResponsesMirrored_AllAreOrphans() => Assert.Equal(
        ["- > 200 [1]", "- > 200 [2]"],
        Tap.Watch(Begin().Client(Get("/1")).Server(Answer("1")).Client(Get("/2")).Server(Answer("2")).Fin().Segments
            .Where(segment => !segment.FromClient)).Exchanges);

    [Fact]
    public void MidStream_BeginsWithTheNextMessage() => Assert.Equal(
        ["GET /2 > 200 [2] MidStream, PairingUncertain", "GET /3 > 200 [3] MidStream"],
        Tap.Watch(new FlowScript().Client("end of a body").Client(Get("/2")).Server(Answer("2"))
            .Client(Get("/3")).Server(Answer("3")).Fin()).Exchanges);

    [Fact]
    public void MidStreamInTinySegments_IsRead() => Assert.Equal(
        ["GET /1 > 200 [1] MidStream, PairingUncertain"],
        Tap.Watch(new FlowScript(FlowEndpoints.Default with { ServerPort = 64_000 }) { MaxSegmentOctets = 2 }
            .Client(Get("/1")).Server(Answer("1")).Fin()).Exchanges);

    [Fact]
    public void MidStreamPortUsedAgainAfterASilence_IsAnotherSession() => Assert.Equal(
        ["GET /1 > - MidStream", "GET /2 > - MidStream"],
        Tap.Watch(
            new FlowScript().Client(Get("/1")),
            new FlowScript(clientStart: 900_000_000, start: 1_700_000_090_000_000_000).Client(Get("/2"))).Exchanges);

    [Fact]
    public void FirstOctetsLost_BodyTextIsNoRequest() => Assert.Equal(
        ["GET /2 > 200 [2] GapInFlow, PairingUncertain"],
        Tap.Watch(Begin().Lose(1).Client("POST /1 HTTP/1.1\r\nContent-Length: 20\r\n\r\n").Client("some text of a body\n").Client(Get("/2"))
            .Server(Answer("2")).Fin()).Exchanges);

    [Fact]
    public void MidStreamResponseFirst_ShowsWhoIsTheClient() => Assert.Equal(
        ["- > 200 [1] MidStream", "GET /2 > 200 [2] MidStream, PairingUncertain"],
        Tap.Watch(new FlowScript().Server(Answer("1")).Client(Get("/2")).Server(Answer("2")).Fin()).Exchanges.Order());

    [Fact]
    public void RequestFromTheEndThatAnsweredTheSyn_MakesItTheClient() => Assert.Equal(
        ["GET /1 > -"], Tap.Watch(Begin().Server(Get("/1")).Fin()).Exchanges);

    [Fact]
    public void MirroredAtBothEnds_CountsOnce()
    {
        static FlowScript At(int vni) =>
            new FlowScript { Vni = vni }.Handshake().Client(Get("/1")).Server(Answer("1")).Client(Get("/2")).Fin();
        var both = At(1).Segments.Zip(At(2).Segments, (a, b) => new[] { a, b }).SelectMany(pair => pair);
        Assert.Equal(["GET /1 > 200 [1]", "GET /2 > -"], Tap.Watch(both).Exchanges);
    }

    [Fact]
    public void SameAddressesOfTwoTenants_AreOtherConnections()
    {
        var one = new FlowScript(clientStart: 1, serverStart: 2) { Vni = 1 }.Handshake().Client(Get("/a")).Server(Answer("a")).Fin();
        var two = new FlowScript(clientStart: 900_000_000, serverStart: 3_000_000_000) { Vni = 2 }.Handshake().Client(Get("/b"))
            .Server(Answer("b")).Fin();
        var mixed = one.Segments.Zip(two.Segments, (a, b) => new[] { a, b }).SelectMany(pair => pair);
        Assert.Equal(["GET /a > 200 [a]", "GET /b > 200 [b]"], Tap.Watch(mixed).Exchanges);
    }

    [Fact]
    public void DataInTheSyn_IsPartOfTheRequest()
    {
        var segments = Begin().Client(Get("/1")).Server(Answer("1")).Fin().Segments;
        var early = segments[0] with { Payload = segments[3].Payload };
        Assert.Equal(["GET /1 > 200 [1]"], Tap.Watch([early, .. segments.Skip(1)]).Exchanges);
    }

    [Fact]
    public void PortOfAnotherProtocol_IsHttpAllTheSame() => Assert.Equal(
        ["GET /1 > 200 [1]"],
        Tap.Watch(new FlowScript(FlowEndpoints.Default with { ServerPort = 22 }).Handshake().Client(Get("/1")).Server(Answer("1")).Fin())
            .Exchanges);

    [Fact]
    public void SameAddressesInOtherVlans_AreOtherConnections()
    {
        static FlowScript In(uint vlans, string path) =>
            new FlowScript { Vlans = vlans }.Handshake().Client(Get(path)).Server(Answer(path)).Fin();
        var mixed = In(1, "/a").Segments.Zip(In(2, "/b").Segments, (a, b) => new[] { a, b }).SelectMany(pair => pair);
        Assert.Equal(["GET /a > 200 [/a]", "GET /b > 200 [/b]"], Tap.Watch(mixed).Exchanges);
    }

    [Fact]
    public void PortUsedAgain_IsAnotherSession()
    {
        var tap = Tap.Watch(
            Begin().Client(Get("/1")).Server(Answer("1")).Fin(),
            new FlowScript(clientStart: 900_000, serverStart: 77, start: 1_700_000_100_000_000_000).Handshake()
                .Client(Get("/2")).Server(Answer("2")).Fin());
        Assert.Equal(["GET /1 > 200 [1]", "GET /2 > 200 [2]"], tap.Exchanges);
        Assert.Equal(2, tap.SessionsEnded);
    }

    [Fact]
    public void SequenceNumbersWrap_ChangesNothing() => Assert.Equal(
        ["GET /1 > 200 [1]", "GET /2 > 200 [2]"],
        Tap.Watch(new FlowScript(clientStart: uint.MaxValue - 20, serverStart: uint.MaxValue - 50).Handshake()
            .Client(Get("/1")).Server(Answer("1")).Client(Get("/2")).Server(Answer("2")).Fin()).Exchanges);

    [Theory]
    [MemberData(nameof(Seeds))]
    public void LossReorderingDuplication_NeverMakeAWrongExchange(int seed)
    {
        var random = new Random(seed);
        var script = Begin();
        var (right, sent) = (new HashSet<string>(), new HashSet<string>());
        for (var i = 0; i < 12; i++)
        {
            var body = new string((char)('a' + i), random.Next(1, 4000));
            script.Client($"PUT /{i} HTTP/1.1\r\nContent-Length: {body.Length}\r\n\r\n{body}").Server(Answer(body));
            right.Add($"PUT /{i} [{body}] > 200 [{body}]");
            sent.Add($"PUT /{i} [{body}]");
        }

        foreach (var exchange in Tap.Watch(Impair(script.Fin().Segments, random)).Exchanges)
        {
            var told = exchange[..(exchange.LastIndexOf(']') + 1)];
            var isRight = exchange.EndsWith("PairingUncertain", StringComparison.Ordinal)
                ? sent.Contains(told.Split(" > ")[0])
                : right.Contains(told);
            Assert.True(isRight || exchange.AsSpan().ContainsAny('?', '-', '!'), exchange[..Math.Min(80, exchange.Length)]);
        }
    }

    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 200)];

    private static long FirstTime => Begin().Segments[0].Time.Nanoseconds - 1_000_000;

    private static List<ScriptedSegment> Impair(IReadOnlyList<ScriptedSegment> segments, Random random)
    {
        var impaired = new List<ScriptedSegment>();
        foreach (var segment in segments.Where(_ => random.Next(30) > 0))
        {
            impaired.Insert(Math.Max(0, impaired.Count - (random.Next(4) == 0 ? random.Next(4) : 0)), segment);
            if (random.Next(10) == 0)
            {
                impaired.Add(segment);
            }
        }

        return impaired;
    }
}

using System.Text;
using Parallax.Reactor.Connections;

namespace Parallax.Reactor.Tests.Loops;

/// <summary>Octets in, octets out.</summary>
public abstract class TransferSuite(LoopKind kind) : LoopSuite(kind)
{
    [Fact]
    public async Task Write_InOnReceived_Echoes()
    {
        using var peer = Peer(await Serve(Script.Echo()));
        peer.Send("hello"u8);
        Assert.Equal("hello"u8, ReadExactly(peer, 5));
    }

    [Fact]
    public async Task Echo_OneOctetAtATime_LosesNothing()
    {
        using var peer = Peer(await Serve(Script.Echo()));
        foreach (var octet in Noise(500))
        {
            peer.Send([octet]);
            Assert.Equal(octet, ReadExactly(peer, 1)[0]);
        }
    }

    /// <summary>Peers that receive on several connections are woken once for all of them, and who can wait waits.</summary>
    [Fact]
    public async Task Writes_OfOneTurn_LeaveInTheirOrder()
    {
        var left = new List<SendOrder>();
        var orders = new[] { SendOrder.Last, SendOrder.First, SendOrder.Second, SendOrder.Last, SendOrder.First };
        using var listener = PeerListener();
        var connections = new List<(Connection Connection, TestPeer Peer)>();
        foreach (var order in orders)
        {
            var script = new Script();
            var connection = await Connect(listener.LocalEndPoint, script);
            connections.Add((connection, listener.Accept()));
            await Soon(script.WhenConnected);
            await On(() => connection.SendOrder = order);
        }

        await On(() =>
        {
            connections.ForEach(each => each.Connection.Write(new byte[16_384], new Leaving(() => left.Add(each.Connection.SendOrder))));
            return true;
        });

        connections.ForEach(each => ReadExactly(each.Peer, 16_384));
        var seen = await On(() => left.ToArray());
        Assert.Equal(orders.Order(), seen);
        connections.ForEach(each => each.Peer.Dispose());
    }

    [Fact]
    public async Task OnReceived_OctetsLeft_AreShownAgainContiguous()
    {
        var shown = new List<string>();
        var script = new Script
        {
            Received = (connection, octets) =>
            {
                shown.Add(Encoding.ASCII.GetString(octets));
                var end = octets.LastIndexOf((byte)'\n') + 1;
                connection.Write("."u8);
                return end;
            },
        };
        using var peer = Peer(await Serve(script));
        foreach (var part in (string[])["ab", "c", "\nde", "f\n", "g"])
        {
            peer.Send(Encoding.ASCII.GetBytes(part));
            ReadExactly(peer, 1);
        }

        Assert.Equal(["ab", "abc", "abc\nde", "def\n", "g"], shown);
    }

    [Fact]
    public async Task OnReceived_NothingConsumed_GrowsUpToTheLimitThenCloses()
    {
        var most = 0;
        var script = new Script
        {
            Received = (_, octets) =>
            {
                most = Math.Max(most, octets.Length);
                return 0;
            },
        };
        using var peer = Peer(await Serve(script, new BufferOptions { MaxReadBufferBytes = 100_000 }));
        var sent = Noise(99_999);
        peer.Send(sent);
        peer.Send("!"u8);
        Assert.Equal(CloseReason.ReadBufferFull, await Soon(script.WhenClosed));
        Assert.Equal(100_000, most);
    }

    [Fact]
    public async Task OnReceived_MoreConsumedThanShown_Fails()
    {
        ExpectsFaults = true;
        var script = new Script { Received = (_, octets) => octets.Length + 1 };
        using var peer = Peer(await Serve(script));
        peer.Send("a"u8);
        Assert.Equal(CloseReason.Failed, await Soon(script.WhenClosed));
    }

    [Fact]
    public async Task Write_SeveralInOneTurn_LeaveTogetherInOrder()
    {
        var large = Noise(100_000);
        var owner = new Owner();
        var script = new Script
        {
            Connected = connection =>
            {
                connection.Write("one "u8);
                connection.Write("two "u8);
                connection.Write(large, owner);
                connection.Write(" three"u8);
                connection.CloseAfterWrites();
            },
        };
        using var peer = Peer(await Serve(script));
        Assert.Equal([.. "one two "u8, .. large, .. " three"u8], ReadToEnd(peer));
        await Soon(script.WhenClosed);
        Assert.Equal(1, owner.Times);
    }

    [Fact]
    public async Task Write_ManyPieces_ArriveInOrder()
    {
        var pieces = Enumerable.Range(0, 300).Select(seed => Noise(2000, seed)).ToArray();
        var script = new Script
        {
            Connected = connection =>
            {
                foreach (var piece in pieces)
                {
                    connection.Write(piece, null);
                    connection.Write(piece.AsSpan(0, 7));
                }

                connection.CloseAfterWrites();
            },
        };
        using var peer = Peer(await Serve(script));
        Assert.Equal(pieces.SelectMany(piece => piece.Concat(piece[..7])), ReadToEnd(peer));
    }

    [Fact]
    public async Task Write_BeforeConnected_IsSentOnceConnected()
    {
        using var listener = PeerListener();
        await On(() =>
        {
            var connection = Loop.Connect(listener.LocalEndPoint, new Script(), ConnectOptions.Default);
            connection.Write("early"u8);
            connection.CloseAfterWrites();
        });
        using var peer = listener.Accept();
        Assert.Equal("early"u8, ReadToEnd(peer));
    }

    [Fact]
    public async Task Flush_SendsAtOnce()
    {
        var script = new Script
        {
            Received = (connection, octets) =>
            {
                connection.Write(octets);
                connection.Flush();
                connection.Write(octets);
                return octets.Length;
            },
        };
        using var peer = Peer(await Serve(script));
        peer.Send("ab"u8);
        Assert.Equal("abab"u8, ReadExactly(peer, 4));
    }

    [Fact]
    public async Task BothDirections_SixtyFourMebibytes_StayBoundedAndWhole()
    {
        const int Chunk = 64 * 1024;
        const int Count = 1024;
        var chunk = Noise(Chunk);
        var mostPending = 0;
        var echo = new Script
        {
            Received = (connection, octets) =>
            {
                connection.Write(octets);
                mostPending = Math.Max(mostPending, connection.PendingWriteBytes);
                if (connection.IsCongested)
                {
                    connection.PauseReading();
                }

                return octets.Length;
            },
            Writable = connection => connection.ResumeReading(),
        };
        using var peer = Peer(await Serve(echo));
        var sending = peer.SendMeanwhile(chunk, Count);
        for (var i = 0; i < Count; i++)
        {
            Assert.True(chunk.AsSpan().SequenceEqual(ReadExactly(peer, Chunk)));
        }

        await Soon(sending);
        Assert.Equal(CloseReason.PeerClosed, await Soon(echo.WhenClosed));
        Assert.InRange(mostPending, 1, (256 + 64) * 1024);
    }

    [Fact]
    public async Task PauseReading_KeepsWhatIsLeft_AndResumeShowsIt()
    {
        var shown = Script.NewSource<string>();
        var first = true;
        var script = new Script
        {
            Received = (connection, octets) =>
            {
                if (!first)
                {
                    shown.TrySetResult(Encoding.ASCII.GetString(octets));
                    return octets.Length;
                }

                first = false;
                connection.PauseReading();
                return 1;
            },
        };
        using var peer = Peer(await Serve(script));
        peer.Send("abc"u8);
        var connection = await Soon(script.WhenConnected);
        while (!await On(() => connection.IsReadingPaused))
        {
        }

        await On(connection.ResumeReading);
        Assert.Equal("bc", await Soon(shown.Task));
    }

    [Fact]
    public async Task ResumeReading_WhileTheEndIsThereAlready_ShowsWhatIsLeftBeforeIt()
    {
        var seen = new List<string>();
        var isOver = Script.NewSource();
        var paused = new Script
        {
            Connected = connection => connection.PauseReading(),
            Received = (connection, octets) =>
            {
                seen.Add(Encoding.ASCII.GetString(octets));
                if (seen.Count == 1)
                {
                    connection.PauseReading();
                }

                return seen.Count == 1 ? 1 : octets.Length;
            },
            ReadEnded = connection =>
            {
                seen.Add("end");
                connection.Close();
                isOver.SetResult();
            },
        };
        using var peer = Peer(await Serve(paused));
        var connection = await Soon(paused.WhenConnected);
        peer.Send("abc"u8);
        await On(connection.ResumeReading);
        while (!await On(() => seen.Count == 1))
        {
        }

        // Both events come in one batch, first that of the connection whose handler ends the pause of the other.
        var other = new Script
        {
            Received = (_, octets) =>
            {
                connection.ResumeReading();
                return octets.Length;
            },
        };
        using var otherPeer = Peer(await Serve(other));
        await Soon(other.WhenConnected);
        using var mayGoOn = new ManualResetEventSlim();
        Loop.Post(_ => mayGoOn.Wait(), null);
        otherPeer.Send("x"u8);
        peer.End();
        mayGoOn.Set();
        await Soon(isOver.Task);
        Assert.Equal(["abc", "bc", "end"], seen);
    }

    [Fact]
    public async Task PauseReading_WhileOctetsArrive_HoldsThemBackUntilResumed()
    {
        var received = 0;
        var all = Script.NewSource();
        var script = new Script
        {
            Connected = connection => connection.PauseReading(),
            Received = (connection, octets) =>
            {
                Assert.False(connection.IsReadingPaused);
                received += octets.Length;
                if (received == 100_000)
                {
                    all.SetResult();
                }

                return octets.Length;
            },
        };
        using var peer = Peer(await Serve(script));
        var connection = await Soon(script.WhenConnected);
        peer.Send(Noise(100_000));
        Assert.Equal(0, await On(() => received));
        await On(connection.ResumeReading);
        await Soon(all.Task);
    }

    [Fact]
    public async Task Handler_Replaced_ShowsTheRestToTheNewOne()
    {
        var rest = Script.NewSource<string>();
        var second = new Script
        {
            Received = (_, octets) =>
            {
                rest.TrySetResult(Encoding.ASCII.GetString(octets));
                return octets.Length;
            },
        };
        var first = new Script
        {
            Received = (connection, _) =>
            {
                connection.Handler = second;
                return 2;
            },
        };
        using var peer = Peer(await Serve(first));
        peer.Send("hello"u8);
        Assert.Equal("llo", await Soon(rest.Task));
    }

    private sealed class Leaving(Action leave) : IDisposable
    {
        public void Dispose() => leave();
    }
}

public sealed class TransferOnEpoll() : TransferSuite(LoopKind.Epoll);

public sealed class TransferOnManaged() : TransferSuite(LoopKind.Managed);

public sealed class TransferOnSimulated() : TransferSuite(LoopKind.Simulated);

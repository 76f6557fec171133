using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Parallax.Reactor.Connections;

namespace Parallax.Reactor.Tests.Loops;

/// <summary>How a TLS connection ends: said or unsaid by the peer, after a pause, in time.</summary>
public abstract class TlsEndSuite(LoopKind kind) : LoopSuite(kind)
{
    private readonly X509Certificate2 _certificate = TestTls.SelfSigned();

    private ListenOptions Listening => new() { Tls = (_, _) => new SslServerAuthenticationOptions { ServerCertificate = _certificate } };

    [Theory]
    [InlineData(true, false)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    [InlineData(false, true)]
    public async Task AnEndWithoutCloseNotify_IsTruncated(bool saysSo, bool isPaused)
    {
        var received = new List<byte>();
        var ended = Script.NewSource<bool>();
        var server = new Script
        {
            Connected = connection =>
            {
                if (isPaused)
                {
                    connection.PauseReading();
                }
            },
            Received = (connection, octets) =>
            {
                received.AddRange(octets);
                Assert.False(connection.IsTruncated);
                return octets.Length;
            },
            ReadEnded = connection =>
            {
                ended.SetResult(connection.IsTruncated);
                connection.CloseAfterWrites();
            },
        };
        using var peer = Peer(await Serve(() => server, Listening));
        await using var stream = await ShakeHandsAsync(peer.Socket);
        var accepted = await Soon(server.WhenConnected);
        var sent = Noise(100_000);
        await stream.WriteAsync(sent, TestContext.Current.CancellationToken);
        if (saysSo)
        {
            await stream.ShutdownAsync();
        }

        peer.End();
        await On(accepted.ResumeReading);
        Assert.Equal(!saysSo, await Soon(ended.Task));
        Assert.Equal(sent, received);
    }

    [Fact]
    public async Task TheEndOfTheLoop_IsToldToOneThatHasNotReadItsPeersEnd()
    {
        var server = new Script { Connected = connection => connection.PauseReading() };
        var client = new Script
        {
            Connected = connection =>
            {
                connection.Write("last words"u8);
                connection.ShutdownWrite();
            },
        };
        await Connect(await Serve(() => server, Listening), client, TestTls.Trusting(_certificate));
        var accepted = await Soon(server.WhenConnected);
        await On(accepted.ShutdownWrite);
        await UntilNoneIsOpenAsync();
        Assert.False(server.WhenClosed.IsCompleted);
        Loop.Stop();
        Assert.Equal(CloseReason.LoopStopped, await Soon(server.WhenClosed));
        Assert.Equal(1, server.TimesClosed);
    }

    [Fact]
    public async Task APeerThatTakesNothing_KeepsAClosedConnectionNoLongerThanTheLimit()
    {
        var server = new Script { Connected = connection => connection.Write(Noise(20_000_000), null) };
        using var peer = Peer(await Serve(() => server, Listening with { LastRecordsTime = TimeSpan.Zero }));
        await using var stream = await ShakeHandsAsync(peer.Socket);
        var accepted = await Soon(server.WhenConnected);
        await On(accepted.Flush);
        await On(accepted.Close);
        await UntilNoneIsOpenAsync();
        await Assert.ThrowsAnyAsync<IOException>(() => Soon(stream.CopyToAsync(Stream.Null, TestContext.Current.CancellationToken)));
    }

    private async Task<SslStream> ShakeHandsAsync(Socket peer)
    {
        var stream = new SslStream(new NetworkStream(peer), false, (_, remote, _, _) => TestTls.IsSame(remote, _certificate));
        await stream.AuthenticateAsClientAsync("localhost");
        return stream;
    }

    // Every question has a turn of its own.
    private Task UntilNoneIsOpenAsync() => Soon(Task.Run(async () =>
    {
        while (await On(() => Loop.Counters.OpenConnections) > 0)
        {
        }
    }));
}

public sealed class TlsEndOnEpoll() : TlsEndSuite(LoopKind.Epoll);

public sealed class TlsEndOnManaged() : TlsEndSuite(LoopKind.Managed);

using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Parallax.Reactor.Connections;

namespace Parallax.Reactor.Tests.Loops;

/// <summary>TLS over either loop's connections.</summary>
public abstract class TlsSuite(LoopKind kind) : LoopSuite(kind)
{
    private readonly X509Certificate2 _certificate = TestTls.SelfSigned();

    private ListenOptions Listening => new() { Tls = (_, _) => new SslServerAuthenticationOptions { ServerCertificate = _certificate } };

    [Fact]
    public async Task Echo_OverTls_BothEndsOurs()
    {
        var sent = Noise(300_000);
        var received = new List<byte>();
        var whole = Script.NewSource();
        var server = Script.Echo();
        var client = new Script
        {
            Connected = connection => connection.Write(sent, null),
            Received = (_, octets) =>
            {
                received.AddRange(octets);
                if (received.Count == sent.Length)
                {
                    whole.SetResult();
                }

                return octets.Length;
            },
        };
        var connection = await Connect(await Serve(() => server, Listening), client, TestTls.Trusting(_certificate));
        await Soon(whole.Task);
        Assert.Equal(sent, received);
        await On(connection.ShutdownWrite);
        Assert.Equal(CloseReason.PeerClosed, await Soon(server.WhenClosed));
        Assert.Equal(CloseReason.PeerClosed, await Soon(client.WhenClosed));
    }

    [Fact]
    public async Task Connect_CertificateNotTrusted_TlsFails()
    {
        var client = new Script();
        using var other = TestTls.SelfSigned();
        await Connect(await Serve(Script.Echo, Listening), client, TestTls.Trusting(other));
        Assert.Equal(CloseReason.TlsFailed, await Soon(client.WhenClosed));
        Assert.False(client.WhenConnected.IsCompleted);
    }

    [Fact]
    public async Task Accept_NotTls_Fails()
    {
        var server = new Script();
        using var peer = Peer(await Serve(() => server, Listening));
        peer.Send("GET / HTTP/1.1\r\n\r\n"u8);
        Assert.Equal(CloseReason.TlsFailed, await Soon(server.WhenClosed));
    }

    [Fact]
    public async Task Accept_HandshakeNeverComes_TimesOut()
    {
        var server = new Script();
        using var peer = Peer(await Serve(() => server, Listening with { HandshakeTimeout = TimeSpan.FromMilliseconds(20) }));
        Assert.Equal(CloseReason.ConnectTimedOut, await Soon(server.WhenClosed));
    }

    [Fact]
    public async Task APauseHoldsTheSender_AndNothingIsLostWhenItEnds()
    {
        // More than both ends, and the kernel between them, hold.
        var sent = Noise(20_000_000);
        var received = new List<byte>();
        var congested = Script.NewSource();
        var caughtUp = Script.NewSource();
        var server = Paused(received);
        var client = new Script
        {
            Connected = connection =>
            {
                connection.Write(sent, null);
                connection.ShutdownWrite();
                Assert.True(connection.IsCongested);
                congested.SetResult();
            },
            Writable = _ => caughtUp.TrySetResult(),
        };
        var connection = await Connect(await Serve(() => server, Listening), client, TestTls.Trusting(_certificate));
        await Soon(congested.Task);
        Assert.False(caughtUp.Task.IsCompleted);
        var accepted = await Soon(server.WhenConnected);
        Assert.True(await On(() => connection.PendingWriteBytes) > 1_000_000);
        await On(accepted.ResumeReading);
        await Soon(server.WhenReadEnded);
        Assert.Equal(sent, received);
        await Soon(caughtUp.Task);
        Assert.Equal(CloseReason.PeerClosed, await Soon(client.WhenClosed));
    }

    [Fact]
    public async Task WhatCameBeforeAnOrderlyEnd_IsReadBehindAPause()
    {
        var received = new List<byte>();
        var server = Paused(received);
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
        await Soon(client.WhenReadEnded);
        await On(accepted.ResumeReading);
        Assert.Equal(CloseReason.PeerClosed, await Soon(server.WhenClosed));
        Assert.Equal("last words"u8, [.. received]);
    }

    [Fact]
    public async Task ATurnsWrites_LeaveInOneSend()
    {
        var server = new Script();
        var client = new Script();
        var connection = await Connect(await Serve(() => server, Listening), client, TestTls.Trusting(_certificate));
        await Soon(client.WhenConnected);
        await Soon(server.WhenConnected);
        var before = await On(() => Loop.Counters.Sends);
        await On(() =>
        {
            connection.Write(Noise(16 * 1024), null);
            connection.Write(Noise(16 * 1024), null);
        });
        Assert.Equal(Kind == LoopKind.Epoll ? 1 : 3, await On(() => Loop.Counters.Sends) - before);
    }

    [Fact]
    public async Task Reset_WithinTheHandshake_IsTlsFailed()
    {
        using var listener = PeerListener();
        var client = new Script();
        await Connect(listener.LocalEndPoint, client, TestTls.Trusting(_certificate));
        using var accepted = listener.Accept();
        ReadExactly(accepted, 5);
        accepted.Reset();
        Assert.Equal(CloseReason.TlsFailed, await Soon(client.WhenClosed));
    }

    [Fact]
    public async Task Refused_AndLoopStopped_AreToldAsWithoutTls()
    {
        using var listener = PeerListener();
        var address = listener.LocalEndPoint;
        var client = new Script();
        await Connect(address, client, TestTls.Trusting(_certificate));
        using var accepted = listener.Accept();
        listener.Dispose();
        var refused = new Script();
        await Connect(address, refused, TestTls.Trusting(_certificate));
        Assert.Equal(CloseReason.Refused, await Soon(refused.WhenClosed));
        Loop.Stop();
        Assert.Equal(CloseReason.LoopStopped, await Soon(client.WhenClosed));
    }

    [Fact]
    public async Task AFaultWhileACertificateIsChosen_IsReported_AndTheConnectionClosed()
    {
        ExpectsFaults = true;
        var server = new Script();
        var listening = new ListenOptions { Tls = (_, _) => throw new InvalidOperationException("no certificate") };
        var client = new Script();
        await Connect(await Serve(() => server, listening), client, TestTls.Trusting(_certificate));
        Assert.Equal(CloseReason.TlsFailed, await Soon(server.WhenClosed));
        Assert.Equal(CloseReason.TlsFailed, await Soon(client.WhenClosed));
    }

    // Reads nothing until it is told to.
    private static Script Paused(List<byte> received) => new()
    {
        Connected = connection => connection.PauseReading(),
        Received = (_, octets) =>
        {
            received.AddRange(octets);
            return octets.Length;
        },
    };
}

public sealed class TlsOnEpoll() : TlsSuite(LoopKind.Epoll);

public sealed class TlsOnManaged() : TlsSuite(LoopKind.Managed);

public sealed class TlsOnSimulated() : TlsSuite(LoopKind.Simulated);

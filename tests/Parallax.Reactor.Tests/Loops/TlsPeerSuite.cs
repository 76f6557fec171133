using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Parallax.Reactor.Connections;

namespace Parallax.Reactor.Tests.Loops;

/// <summary>TLS with a peer that speaks it over the system's own socket and stream.</summary>
public abstract class TlsPeerSuite(LoopKind kind) : LoopSuite(kind)
{
    private readonly X509Certificate2 _certificate = TestTls.SelfSigned();

    private ListenOptions Listening => new() { Tls = (_, _) => new SslServerAuthenticationOptions { ServerCertificate = _certificate } };

    [Fact]
    public async Task CloseAfterWrites_OverTls_SendsEverythingAndCloseNotify()
    {
        var server = new Script
        {
            Connected = connection =>
            {
                connection.Write("bye"u8);
                connection.CloseAfterWrites();
            },
        };
        using var peer = Peer(await Serve(() => server, Listening));
        using var stream = new SslStream(new NetworkStream(peer.Socket), false, (_, remote, _, _) => TestTls.IsSame(remote, _certificate));
        await stream.AuthenticateAsClientAsync("localhost");
        var octets = new byte[16];
        Assert.Equal(3, stream.ReadAtLeast(octets, octets.Length, throwOnEndOfStream: false));
    }

    [Fact]
    public async Task TheSystemsOwnTls_TalksToOurs_InPiecesOfEverySize()
    {
        using var peer = Peer(await Serve(Script.Echo, Listening));
        using var stream = new SslStream(new NetworkStream(peer.Socket), false, (_, remote, _, _) => TestTls.IsSame(remote, _certificate));
        await stream.AuthenticateAsClientAsync("localhost");
        foreach (var size in (int[])[1, 2, 1000, 16383, 16384, 16385, 70_000])
        {
            var sent = Noise(size, size);
            var writing = stream.WriteAsync(sent, TestContext.Current.CancellationToken);
            var back = new byte[size];
            await Soon(stream.ReadExactlyAsync(back, TestContext.Current.CancellationToken).AsTask());
            await writing;
            Assert.Equal(sent, back);
        }
    }

    [Fact]
    public async Task Reset_OfAnEstablishedConnection_IsReset()
    {
        var server = new Script();
        using var peer = Peer(await Serve(() => server, Listening));
        using var stream = new SslStream(new NetworkStream(peer.Socket), false, (_, remote, _, _) => TestTls.IsSame(remote, _certificate));
        await stream.AuthenticateAsClientAsync("localhost");
        await Soon(server.WhenConnected);
        peer.Reset();
        Assert.Equal(CloseReason.Reset, await Soon(server.WhenClosed));
    }

    [Fact]
    public async Task RubbishInsteadOfARecord_ClosesTheConnection()
    {
        var server = new Script();
        using var peer = Peer(await Serve(() => server, Listening));
        using var stream = new SslStream(new NetworkStream(peer.Socket), true, (_, remote, _, _) => TestTls.IsSame(remote, _certificate));
        await stream.AuthenticateAsClientAsync("localhost");
        await Soon(server.WhenConnected);
        peer.Send(Noise(100));
        Assert.Equal(CloseReason.Reset, await Soon(server.WhenClosed));
    }

    [Fact]
    public async Task ANameThatNobodyHas_IsRefusedWithAnAlert()
    {
        var server = new Script();
        var asked = new TaskCompletionSource<(bool IsOwn, string? Name)>();
        var own = new object();
        var listening = new ListenOptions
        {
            Tls = (tag, name) =>
            {
                asked.SetResult((tag == own, name));
                return null;
            },
        };
        var listener = await On(() => Loop.Listen(AnyPort, listening, connection =>
        {
            connection.Tag = own;
            return server;
        }));
        using var client = new TcpClient();
        await client.ConnectAsync(listener.LocalEndPoint, TestContext.Current.CancellationToken);
        await using var stream = new SslStream(client.GetStream());
        var refused = await Assert.ThrowsAnyAsync<Exception>(() => stream.AuthenticateAsClientAsync("nobody.test"));

        Assert.Equal((true, "nobody.test"), await Soon(asked.Task));
        Assert.Equal(CloseReason.TlsFailed, await Soon(server.WhenClosed));
        Assert.Contains("unrecognized", refused.ToString(), StringComparison.OrdinalIgnoreCase);
    }
}

public sealed class TlsPeerOnEpoll() : TlsPeerSuite(LoopKind.Epoll);

public sealed class TlsPeerOnManaged() : TlsPeerSuite(LoopKind.Managed);

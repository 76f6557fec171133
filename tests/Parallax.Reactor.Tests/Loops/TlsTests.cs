using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Parallax.Reactor.Connections;
using Parallax.Reactor.Loops;

namespace Parallax.Reactor.Tests.Loops;

public sealed class TlsTests() : LoopSuite(LoopKind.Managed)
{
    private readonly X509Certificate2 _certificate = SelfSigned();

    private ListenOptions Listening => new() { Tls = _ => new SslServerAuthenticationOptions { ServerCertificate = _certificate } };

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
        var connection = await Connect(await Serve(() => server, Listening), client, Trusting(_certificate));
        await Soon(whole.Task);
        Assert.Equal(sent, received);
        await On(connection.ShutdownWrite);
        Assert.Equal(CloseReason.PeerClosed, await Soon(server.WhenClosed));
        Assert.Equal(CloseReason.PeerClosed, await Soon(client.WhenClosed));
    }

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
        using var stream = new SslStream(new NetworkStream(peer), false, (_, remote, _, _) => IsSame(remote, _certificate));
        await stream.AuthenticateAsClientAsync("localhost");
        var octets = new byte[16];
        Assert.Equal(3, stream.ReadAtLeast(octets, octets.Length, throwOnEndOfStream: false));
    }

    [Fact]
    public async Task Connect_CertificateNotTrusted_TlsFails()
    {
        var client = new Script();
        using var other = SelfSigned();
        await Connect(await Serve(Script.Echo, Listening), client, Trusting(other));
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
    public async Task Tls_OnTheEpollLoop_IsRefusedByName()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "epoll is Linux's");
        using var epoll = new EpollLoop("epoll");
        var error = Assert.Throws<NotSupportedException>(() => epoll.Connect(AnyPort, new Script(), Trusting(_certificate)));
        Assert.Contains(nameof(ManagedLoop), error.Message);
        Assert.Throws<NotSupportedException>(() => epoll.Listen(AnyPort, Listening, _ => new Script()));
        using var managed = EventLoop.Create("tls", tls: true);
        Assert.IsType<ManagedLoop>(managed);
        await Task.CompletedTask;
    }

    private static ConnectOptions Trusting(X509Certificate2 certificate) => new()
    {
        Tls = new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            RemoteCertificateValidationCallback = (_, remote, _, _) => IsSame(remote, certificate),
        },
    };

    private static bool IsSame(X509Certificate? one, X509Certificate2 other) => one?.GetCertHashString() == other.GetCertHashString();

    private static X509Certificate2 SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, new DateTimeOffset(2100, 1, 1, 0, 0, 0, TimeSpan.Zero));
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
    }
}

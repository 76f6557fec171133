using System.Net.Security;
using Parallax.Proxy.Accounts;
using Parallax.Proxy.Bounds;
using Parallax.Proxy.Tests.Copies;
using Parallax.TestKit;

namespace Parallax.Proxy.Tests.Serving;

/// <summary>Clients that speak TLS: what comes before their handshake, and how they leave.</summary>
public sealed class TlsClientTests : IDisposable
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n";
    private const string Version1 = "PROXY TCP4 198.51.100.7 10.0.0.2 51234 443\r\n";
    private const string Version2 = "\r\n\r\n\0\r\nQUIT\n"
        + "\u0021\u0011\0\u000f\u00c6\u0033\u0064\u0007\u000a\0\0\u0002\u00c8\"\u0001\u00bb\u0004\0\0";

    private readonly TestCertificate _certificate = new();

    public TlsClientTests() => _certificate.Renew();

    /// <summary>How a client leaves.</summary>
    public enum Leaving
    {
        CloseNotify,
        CloseNotifyAndEnd,
        End,
        Reset,
    }

    public static TheoryData<LoopKind> Loops => ProxyRig.Loops;

    public static TheoryData<LoopKind, string> Headers => new()
    {
        { LoopKind.Epoll, Version1 },
        { LoopKind.Managed, Version1 },
        { LoopKind.Epoll, Version2 },
        { LoopKind.Managed, Version2 },
    };

    public static TheoryData<LoopKind, Leaving> Leavings => new MatrixTheoryData<LoopKind, Leaving>(
        Enum.GetValues<LoopKind>(), Enum.GetValues<Leaving>());

    public void Dispose() => _certificate.Dispose();

    [Theory]
    [MemberData(nameof(Headers))]
    public async Task ProxyHeader_BeforeTheHandshake_NamesTheClient(LoopKind kind, string header)
    {
        using var primary = new Recorder();
        await using var rig = Rig(kind, primary.Address, options => options with { ProxyProtocol = ProxyProtocolMode.Require });
        using var wire = await rig.ConnectAsync();
        await wire.WriteAsync(header[..9]);
        await wire.WriteAsync(header[9..]);
        await using var stream = await HandshakeAsync(wire);
        await stream.WriteAsync(Octets(Get), TestContext.Current.CancellationToken);

        Assert.Equal("198.51.100.7", (await primary.NextAsync(1))[0]["x-forwarded-for"]);
    }

    [Theory]
    [MemberData(nameof(Headers))]
    public async Task ProxyHeader_NotAskedFor_IsReadAndNotBelieved(LoopKind kind, string header)
    {
        using var primary = new Recorder();
        await using var rig = Rig(kind, primary.Address, options => options);
        using var wire = await rig.ConnectAsync();
        await wire.WriteAsync(header);
        await using var stream = await HandshakeAsync(wire);
        await stream.WriteAsync(Octets(Get), TestContext.Current.CancellationToken);

        Assert.Equal("127.0.0.1", (await primary.NextAsync(1))[0]["x-forwarded-for"]);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task ProxyHeader_RequiredAndMissing_IsRefusedCountedAndLogged(LoopKind kind)
    {
        using var primary = new Recorder();
        var logged = new TaskCompletionSource<string?>();
        await using var rig = Rig(kind, primary.Address, options => options with
        {
            ProxyProtocol = ProxyProtocolMode.Require,
            Observer = (in AccessEntry entry) => logged.TrySetResult(entry.Reason),
        });
        using var wire = await rig.ConnectAsync();
        await Assert.ThrowsAnyAsync<IOException>(() => HandshakeAsync(wire));

        Assert.Equal("proxy-header", await logged.Task.WaitAsync(TestContext.Current.CancellationToken));
        Assert.Equal(1, rig.Account.ConnectionsRefusedFor[(int)ConnectionRefusal.ProxyHeader]);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Handshake_ThatIsNone_IsCountedAndLogged(LoopKind kind)
    {
        using var primary = new Recorder();
        var logged = new TaskCompletionSource<string?>();
        await using var rig = Rig(kind, primary.Address, options => options with
        {
            Observer = (in AccessEntry entry) => logged.TrySetResult(entry.Reason),
        });
        using var wire = await rig.ConnectAsync();
        await wire.WriteAsync(Get);

        Assert.Equal("tls-handshake", await logged.Task.WaitAsync(TestContext.Current.CancellationToken));
        Assert.Equal(1, rig.Account.ConnectionsRefusedFor[(int)ConnectionRefusal.TlsHandshake]);
    }

    [Theory]
    [MemberData(nameof(Leavings))]
    public async Task Client_LeavesWhileItsResponseIsAwaited_PrimaryIsTold(LoopKind kind, Leaving leaving)
    {
        var asked = new TaskCompletionSource();
        var told = new TaskCompletionSource();
        using var primary = new TestServer(async wire =>
        {
            await wire.ReadAsync();
            asked.SetResult();
            Assert.True(await wire.IsAtEndAsync());
            told.SetResult();
        });
        var logged = new TaskCompletionSource<(int, string?)>();
        await using var rig = Rig(kind, primary.Address, options => options with
        {
            Observer = (in AccessEntry entry) => logged.TrySetResult((entry.Status, entry.Reason)),
        });
        using var client = await rig.ConnectAsync();
        await using var stream = await HandshakeAsync(client);
        await stream.WriteAsync(Octets(Get), TestContext.Current.CancellationToken);
        await asked.Task;
        await LeaveAsync(client, stream, leaving);

        await told.Task.WaitAsync(TestContext.Current.CancellationToken);
        Assert.Equal((499, "client-gone"), await logged.Task.WaitAsync(TestContext.Current.CancellationToken));
    }

    private static async Task LeaveAsync(TestWire client, SslStream stream, Leaving leaving)
    {
        if (leaving is Leaving.CloseNotify or Leaving.CloseNotifyAndEnd)
        {
            await stream.ShutdownAsync();
        }

        if (leaving is Leaving.CloseNotifyAndEnd or Leaving.End)
        {
            client.End();
        }
        else if (leaving == Leaving.Reset)
        {
            client.Reset();
        }
    }

    private static async Task<SslStream> HandshakeAsync(TestWire wire)
    {
#pragma warning disable CA5359 // The test's own certificate.
        var stream = new SslStream(wire.Stream, leaveInnerStreamOpen: false, (_, _, _, _) => true);
#pragma warning restore CA5359
        await stream.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions { TargetHost = "a.test" }, TestContext.Current.CancellationToken);
        return stream;
    }

    private static byte[] Octets(string text) => System.Text.Encoding.Latin1.GetBytes(text);

    private ProxyRig Rig(LoopKind kind, System.Net.IPEndPoint primary, Func<ProxyOptions, ProxyOptions> options) =>
        new(kind, primary, options: options, config: _certificate.WithTls);
}

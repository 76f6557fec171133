using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Parallax.Proxy.Accounts;
using Parallax.Proxy.Bounds;
using Parallax.Proxy.Configuration.Model;
using Parallax.Proxy.Routing;
using Parallax.Proxy.Tests.Configuration;
using Parallax.Proxy.Tests.Serving;
using Parallax.TestKit;
using Parallax.Traffic.Rewriting;

namespace Parallax.Proxy.Tests.Requests;

/// <summary>A proxy with several servers at one TLS port, read from documents, each with a primary that answers with its name.</summary>
internal sealed class SniRig : IAsyncDisposable
{
    private readonly Dictionary<string, TestServer> _primaries = [];
    private readonly TestAuthorities _authorities;
    private readonly ProxyRig _rig;

    /// <param name="kind">The loop.</param>
    /// <param name="authorities">The credentials.</param>
    /// <param name="documents">The documents; port 443 is at a port the system chooses.</param>
    /// <param name="options">Changes of the options.</param>
    public SniRig(
        LoopKind kind, TestAuthorities authorities, string documents, Func<ProxyOptions, ProxyOptions>? options = null)
    {
        _authorities = authorities;
        foreach (var name in new[] { "one", "two", "three" })
        {
            _primaries[name] = TestServer.Answering(_ => $"HTTP/1.1 200 OK\r\nContent-Length: {name.Length}\r\n\r\n{name}");
        }

        _rig = new ProxyRig(Config(documents), kind, options);
    }

    public ProxyAccount Account => _rig.Account;

    public IPEndPoint Address => _rig.Address;

    /// <summary>An Istio Gateway with one server, and a VirtualService that sends its requests to the primary of the same name.</summary>
    /// <param name="name">The Gateway's name and the primary's.</param>
    /// <param name="host">The host, or several with commas.</param>
    /// <param name="tls">Its TLS settings.</param>
    public static string Server(string name, string host, string tls) => $$"""
        apiVersion: networking.istio.io/v1
        kind: Gateway
        metadata: {name: {{name}}, namespace: default}
        spec:
          servers:
          - port: {number: 443, name: {{name}}, protocol: HTTPS}
            hosts: [{{host}}]
            tls: {{tls}}
        ---
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: {name: {{name}}, namespace: default}
        spec:
          hosts: ["*"]
          gateways: [{{name}}]
          http:
          - route:
            - destination: {host: {{name}}, port: {number: 80} }
        ---

        """;

    /// <summary>Puts other documents in force.</summary>
    public Task ReloadAsync(string documents)
    {
        var config = Config(documents);
        _rig.Clusters.Apply(config);
        return _rig.Server.ReloadAsync(RoutingTable.Compile(config, ShadowHost.Suffix));
    }

    /// <summary>One request on a connection of its own.</summary>
    /// <param name="sni">The server name the client asks for; empty for none.</param>
    /// <param name="host">The request's Host.</param>
    /// <param name="client">The client's certificate.</param>
    /// <param name="target">The request's target.</param>
    /// <returns>The status and the name of the primary that answered, or <c>refused</c>.</returns>
    public async Task<string> CallAsync(string sni, string host, X509Certificate2? client = null, string target = "/")
    {
        using var wire = await _rig.ConnectAsync();
        try
        {
            await using var stream = await HandshakeAsync(wire, sni, client);
            return await SendAsync(stream, host, target);
        }
        catch (Exception exception) when (exception is IOException or System.Security.Authentication.AuthenticationException)
        {
            return "refused";
        }
    }

    public Task<TestWire> ConnectAsync() => _rig.ConnectAsync();

    public static async Task<SslStream> HandshakeAsync(TestWire wire, string sni, X509Certificate2? client = null)
    {
#pragma warning disable CA5359 // The test's own certificates.
        var stream = new SslStream(wire.Stream, leaveInnerStreamOpen: false, (_, _, _, _) => true);
#pragma warning restore CA5359
        await stream.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = sni,
                ClientCertificates = client is null ? null : [client],
                LocalCertificateSelectionCallback = client is null ? null : (_, _, _, _, _) => client,
            },
            TestContext.Current.CancellationToken);
        return stream;
    }

    /// <summary>One request on a connection that stays open.</summary>
    public static async Task<string> SendAsync(SslStream stream, string host, string target = "/")
    {
        var request = Encoding.Latin1.GetBytes($"GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n");
        await stream.WriteAsync(request, TestContext.Current.CancellationToken);
        var received = new List<byte>();
        var buffer = new byte[4096];
        while (true)
        {
            var count = await stream.ReadAsync(buffer, TestContext.Current.CancellationToken);
            received.AddRange(buffer.AsSpan(0, count));
            var text = Encoding.Latin1.GetString([.. received]);
            if (count == 0)
            {
                return text.Length == 0 ? throw new IOException("ended before an answer") : Short(text, isClosed: true);
            }

            if (text.Split("\r\n\r\n") is [var head, var body] && !head.Contains("onnection: close", StringComparison.Ordinal)
                && head.Contains($"ength: {body.Length}", StringComparison.Ordinal))
            {
                return Short(text, isClosed: false);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _rig.DisposeAsync();
        foreach (var primary in _primaries.Values)
        {
            primary.Dispose();
        }
    }

    private static string Short(string text, bool isClosed) =>
        text[9..12] + (text[9] == '2' ? " " + text[(text.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..] : "")
        + (isClosed ? ", closed" : "");

    private ProxyConfig Config(string documents)
    {
        var endpoints = _primaries.Select(each => $"{each.Key}:80={each.Value.Address}");
        return Loading.Config(documents, Loading.Resolving([.. endpoints]) with
        {
            TlsFolder = _authorities.Folder,
            Listeners = Loading.Listening("443=127.0.0.1:0"),
        });
    }
}

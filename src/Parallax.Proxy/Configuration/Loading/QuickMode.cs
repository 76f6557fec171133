using System.Globalization;
using System.Net;
using Parallax.Proxy.Configuration.Model;
using Parallax.Proxy.Configuration.Reading;
using Parallax.Shadows.Clients;

namespace Parallax.Proxy.Configuration.Loading;

/// <summary>A mirror given without any document.</summary>
/// <param name="Url">Where copies go.</param>
/// <param name="Mirror">The mirror; its cluster is that of the URL.</param>
public sealed record QuickMirror(ServerUrl Url, MirrorConfig Mirror)
{
    /// <summary>How long its copies may take to be answered; null, the default, for as long as those of all mirrors. All mirrors of one
    /// cluster have the same.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>The name of the cluster that stands for a URL.</summary>
    public static string ClusterOf(ServerUrl url)
    {
        ArgumentNullException.ThrowIfNull(url);
        return $"outbound|{url.Port}||{url.Host}";
    }
}

/// <summary>The configuration of the simplest case: one service, and copies of its requests.</summary>
public static class QuickMode
{
    /// <summary>Everything that arrives at the sockets goes to <paramref name="primary"/>, and copies to the mirrors.</summary>
    /// <param name="listen">The sockets; port 0 lets the system choose.</param>
    /// <param name="primary">The service.</param>
    /// <param name="mirrors">The mirrors.</param>
    /// <param name="tls">How the sockets terminate TLS; null for plain text.</param>
    /// <param name="verifiesCertificates">Whether the certificates of https targets are verified.</param>
    public static ProxyConfig Build(
        IReadOnlyList<IPEndPoint> listen,
        ServerUrl primary,
        IReadOnlyList<QuickMirror> mirrors,
        ServerTlsConfig? tls = null,
        bool verifiesCertificates = true)
    {
        ArgumentNullException.ThrowIfNull(listen);
        ArgumentNullException.ThrowIfNull(primary);
        ArgumentNullException.ThrowIfNull(mirrors);
        var route = new RouteConfig
        {
            Name = "all",
            Origin = new("the command line", 1, 1),
            Destinations = [new() { Cluster = NameOf(primary) }],
            Mirrors = [.. mirrors.Select(mirror => mirror.Mirror)],
        };
        return new()
        {
            Listeners = [.. listen.Select(socket => new ListenerConfig
            {
                Name = string.Create(CultureInfo.InvariantCulture, $"listen:{socket.Port}"),
                Port = socket.Port,
                Address = socket,
                Servers =
                [
                    new()
                    {
                        Name = string.Create(CultureInfo.InvariantCulture, $"listen:{socket.Port}"),
                        Hostnames = ["*"],
                        Tls = tls,
                        VirtualHosts = [new() { Hostnames = ["*"], Routes = [route] }],
                    },
                ],
            })],
            Clusters = [.. mirrors.Select(mirror => mirror.Url).Prepend(primary)
                .DistinctBy(NameOf)
                .Select(url => ClusterOf(url, verifiesCertificates) with
                {
                    ShadowTimeout = mirrors.FirstOrDefault(mirror => NameOf(mirror.Url) == NameOf(url))?.Timeout,
                })],
        };
    }

    /// <summary>One certificate for all server names.</summary>
    /// <param name="certificateFile">PEM file with the chain.</param>
    /// <param name="keyFile">PEM file with the key.</param>
    /// <param name="problem">What is wrong with them; null when they can be used.</param>
    public static ServerTlsConfig TlsOf(string certificateFile, string keyFile, out string? problem)
    {
        problem = CertificateFiles.ProblemOf(certificateFile, keyFile);
        return new()
        {
            Certificates = [new(certificateFile, keyFile)],
        };
    }

    private static string NameOf(ServerUrl url) => QuickMirror.ClusterOf(url);

    private static ClusterConfig ClusterOf(ServerUrl url, bool verifiesCertificates) => new()
    {
        Name = NameOf(url),
        Host = url.Host,
        Port = url.Port,
        Endpoints = [new(url.Host, url.Port)],
        Tls = url.IsTls ? new() { ServerName = url.Host, VerifiesCertificate = verifiesCertificates } : null,
    };
}

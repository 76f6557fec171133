using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Parallax.Proxy.Configuration.Model;
using Parallax.Proxy.Routing;

namespace Parallax.Proxy.Requests;

/// <summary>How a server terminates TLS: its certificates, and what it asks of clients.</summary>
/// <remarks>Thread safety: immutable.</remarks>
internal sealed class ServerTls
{
    // id-kp-clientAuth of RFC 5280 §4.2.1.12, which the handshake asks for, too.
    private static readonly Oid ClientAuthentication = new("1.3.6.1.5.5.7.3.2");

    private readonly IReadOnlyList<ServerCertificate> _certificates;
    private readonly X509ChainPolicy? _clients;
    private readonly bool _allowsNoCertificate;
    private readonly string? _authorities;

    private ServerTls(ServerTlsConfig config)
    {
        _clients = config.ClientAuthorities is { } file ? ClusterTls.PolicyOf(file) : null;
        _allowsNoCertificate = config.AllowsNoCertificate;
        _authorities = _clients is null ? null
            : string.Join(',', _clients.CustomTrustStore.Select(each => each.GetCertHashString(HashAlgorithmName.SHA256)));
        _certificates = [.. config.Certificates.Select(each => new ServerCertificate(each, NewOptions()))];
    }

    /// <summary>Whether clients are asked for certificates.</summary>
    public bool AsksClients => _clients is not null;

    /// <summary>Reads the files of all servers of a listener, in their order; null for plain text.</summary>
    /// <exception cref="CryptographicException">A file is not what it should be.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static IReadOnlyList<ServerTls>? Read(ListenerConfig listener) =>
        listener.IsTls ? [.. listener.Servers.Select(server => new ServerTls(server.Tls!))] : null;

    /// <summary>How to answer a client that asks for this server name.</summary>
    /// <param name="name">The name; empty for none.</param>
    public SslServerAuthenticationOptions For(string name) =>
        (_certificates.FirstOrDefault(each => each.Has(name)) ?? _certificates.FirstOrDefault(each => each.Covers(name))
            ?? _certificates[0]).Options;

    /// <summary>Whether a client that is connected could connect again.</summary>
    /// <param name="certificate">What it showed, which was accepted then; null for nothing.</param>
    /// <param name="before">What it was asked then.</param>
    public bool StillTakes(X509Certificate2? certificate, ServerTls before)
    {
        if (_clients is null || certificate is null)
        {
            return _clients is null || _allowsNoCertificate;
        }

        if (_authorities == before._authorities)
        {
            return true;
        }

        using var chain = new X509Chain { ChainPolicy = _clients.Clone() };
        chain.ChainPolicy.ApplicationPolicy.Add(ClientAuthentication);
        return chain.Build(certificate);
    }

    private SslServerAuthenticationOptions NewOptions() => new()
    {
        ApplicationProtocols = [SslApplicationProtocol.Http11],
        ClientCertificateRequired = AsksClients,
        CertificateChainPolicy = _clients,
        RemoteCertificateValidationCallback = !_allowsNoCertificate ? null
            : static (_, certificate, _, errors) => certificate is null || errors == SslPolicyErrors.None,

        // A client that comes back is judged by the authorities of now.
        AllowTlsResume = !AsksClients,
    };
}

/// <summary>A certificate with its key and chain.</summary>
/// <remarks>Thread safety: immutable.</remarks>
internal sealed class ServerCertificate
{
    private readonly IReadOnlyList<string> _names;

    /// <param name="config">The files.</param>
    /// <param name="options">How it is used; becomes <see cref="Options"/>.</param>
    public ServerCertificate(CertificateConfig config, SslServerAuthenticationOptions options)
    {
        // A key that exists in memory only cannot be used for a handshake on every system; one that was exported once can.
        using var loaded = X509Certificate2.CreateFromPemFile(config.CertificateFile, config.PrivateKeyFile);
        var certificate = X509CertificateLoader.LoadPkcs12(loaded.Export(X509ContentType.Pkcs12), password: null);

        // Clients know the root only: what lies between is in the same file, after the certificate.
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(config.CertificateFile);
        options.ServerCertificateContext = SslStreamCertificateContext.Create(certificate, chain, offline: true);
        Options = options;
        _names = NamesOf(certificate);
    }

    /// <summary>How it is used.</summary>
    public SslServerAuthenticationOptions Options { get; }

    /// <summary>True when the certificate names this host.</summary>
    public bool Has(string host) => _names.Contains(host, StringComparer.OrdinalIgnoreCase);

    /// <summary>True when one of its wildcards stands for this host: a star is one label (RFC 9525 §6.3).</summary>
    public bool Covers(string host) => host.IndexOf('.', StringComparison.Ordinal) is var dot and > 0 && Has($"*{host[dot..]}");

    // The subject is looked at only when there are no alternative names, as old clients do.
    private static List<string> NamesOf(X509Certificate2 certificate)
    {
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(each => each.EnumerateDnsNames());
        return [.. names.DefaultIfEmpty(certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false))];
    }
}

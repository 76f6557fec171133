using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Parallax.Proxy.Tests.Serving;

/// <summary>A folder of credentials as <c>--tls-dir</c> names one, with an authority for the clients of each.</summary>
internal sealed class TestAuthorities : IDisposable
{
    private readonly Dictionary<string, X509Certificate2> _authorities = [];
    private readonly List<X509Certificate2> _issued = [];

    public string Folder { get; } = Directory.CreateTempSubdirectory("parallax-sni-").FullName;

    /// <summary>Adds a credential: a certificate of a server, and the authority of its clients.</summary>
    /// <param name="name">The credential's name.</param>
    /// <param name="hosts">The names in the certificate.</param>
    public void Add(string name, params string[] hosts)
    {
        RenewAuthority(name);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = RequestOf(name, key, hosts).CreateSelfSigned(Yesterday, Yesterday.AddDays(9));
        File.WriteAllText(Path.Combine(Folder, $"{name}.crt"), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(Folder, $"{name}.key"), key.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>Gives the clients of a credential another authority.</summary>
    public void RenewAuthority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = RequestOf($"{name}-ca", key);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        _authorities[name] = request.CreateSelfSigned(Yesterday, Yesterday.AddDays(9));
        _issued.Add(_authorities[name]);
        File.WriteAllText(Path.Combine(Folder, $"{name}-cacert.crt"), _authorities[name].ExportCertificatePem());
    }

    /// <summary>Lets clients of one credential's authority in at another's servers, too.</summary>
    public void Trust(string name, string other) => File.AppendAllText(
        Path.Combine(Folder, $"{name}-cacert.crt"), "\n" + _authorities[other].ExportCertificatePem());

    /// <summary>A certificate of a client, issued by a credential's authority.</summary>
    public X509Certificate2 Client(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = RequestOf($"{name}-client", key, $"{name}-client.example.com");
        var serial = RandomNumberGenerator.GetBytes(8);
        using var issued = request.Create(_authorities[name], Yesterday, Yesterday.AddDays(8), serial);
        using var withKey = issued.CopyWithPrivateKey(key);
        _issued.Add(X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pkcs12), password: null));
        return _issued[^1];
    }

    public void Dispose()
    {
        _issued.ForEach(each => each.Dispose());
        Directory.Delete(Folder, recursive: true);
    }

    private static DateTimeOffset Yesterday => TimeProvider.System.GetUtcNow().AddDays(-1);

    private static CertificateRequest RequestOf(string subject, ECDsa key, params string[] hosts)
    {
        var request = new CertificateRequest($"CN={subject}", key, HashAlgorithmName.SHA256);
        if (hosts.Length > 0)
        {
            var names = new SubjectAlternativeNameBuilder();
            Array.ForEach(hosts, names.AddDnsName);
            request.CertificateExtensions.Add(names.Build());
        }

        return request;
    }
}

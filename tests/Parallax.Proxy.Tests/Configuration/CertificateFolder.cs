using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Parallax.Proxy.Tests.Configuration;

/// <summary>A folder with one certificate and its key, deleted at the end.</summary>
internal sealed class CertificateFolder : IDisposable
{
    public CertificateFolder(string certificateFile, string keyFile)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=shop", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(System.IO.Path.Combine(Path, certificateFile))!);
        File.WriteAllText(System.IO.Path.Combine(Path, certificateFile), certificate.ExportCertificatePem());
        File.WriteAllText(System.IO.Path.Combine(Path, keyFile), key.ExportPkcs8PrivateKeyPem());
    }

    public string Path { get; } = Directory.CreateTempSubdirectory("parallax-tls-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

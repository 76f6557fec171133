using Parallax.Documents;
using Parallax.Proxy.Configuration.Model;
using Parallax.Proxy.Configuration.Reading;

namespace Parallax.Proxy.Configuration.Istio;

/// <summary>Finds the certificates of an Istio Gateway's server.</summary>
internal static class GatewayCertificates
{
    private const string LeftOut = "the server is left out";

    /// <summary>Says how the server speaks TLS.</summary>
    /// <returns>Null when it cannot be served with what there is, which is reported.</returns>
    public static ServerTlsConfig? Find(GatewayServerDocument server, string? tlsFolder, Findings findings)
    {
        var tls = server.Tls;
        var place = tls.Place ?? server.Place;
        var certificates = ByFile(tls, place, findings).Concat(ByName(tls, place, tlsFolder, findings))
            .Where(found => IsUsable(found, place, findings)).ToList();
        string? authorities = null;
        var asksClients = tls.Mode is "MUTUAL" or "OPTIONAL_MUTUAL";
        if (certificates.Count == 0 || (asksClients && !TryAuthorities(tls, place, tlsFolder, findings, out authorities)))
        {
            return null;
        }

        return new()
        {
            Certificates = certificates,
            ClientAuthorities = authorities,
            AllowsNoCertificate = tls.Mode == "OPTIONAL_MUTUAL",
        };
    }

    private static List<CertificateConfig> ByFile(GatewayTlsDocument tls, Place place, Findings findings)
    {
        IReadOnlyList<CertificatePair> pairs = tls.CertificateFile is { Length: > 0 } file && tls.PrivateKeyFile is { Length: > 0 } keyFile
            ? [new(file, keyFile)] : tls.Pairs;
        if (pairs.Count == 0 && tls.CredentialNames.Count == 0)
        {
            findings.Error("FLD103", place, "names no certificate", "give credentialName, or serverCertificate and privateKey");
        }

        var certificates = new List<CertificateConfig>();
        foreach (var (certificate, key) in pairs)
        {
            if (CertificateFiles.Check(certificate, place.Of("serverCertificate"), LeftOut, findings)
                & CertificateFiles.Check(key, place.Of("privateKey"), LeftOut, findings))
            {
                certificates.Add(new(certificate, key));
            }
        }

        return certificates;
    }

    private static List<CertificateConfig> ByName(GatewayTlsDocument tls, Place place, string? tlsFolder, Findings findings)
    {
        var certificates = new List<CertificateConfig>();
        foreach (var name in tls.CredentialNames)
        {
            if (CertificateFiles.Find(tlsFolder, name) is { } found)
            {
                certificates.Add(found);
            }
            else
            {
                findings.Warning(
                    "REF305", place.Of("credentialName"), $"is {name}, of which there are no files; {LeftOut}",
                    $"give --tls-dir DIR with {name}.crt and {name}.key");
            }
        }

        return certificates;
    }

    private static bool IsUsable(CertificateConfig found, Place place, Findings findings)
    {
        if (CertificateFiles.ProblemOf(found.CertificateFile, found.PrivateKeyFile) is not { } problem)
        {
            return true;
        }

        findings.Warning("REF305", place, $"cannot be used: {problem}; {LeftOut}");
        return false;
    }

    private static bool TryAuthorities(GatewayTlsDocument tls, Place place, string? tlsFolder, Findings findings, out string? authorities)
    {
        authorities = tls.Authorities
            ?? tls.CredentialNames.Select(name => CertificateFiles.FindAuthorities(tlsFolder, name)).FirstOrDefault(
                file => file is not null);
        if (authorities is not null)
        {
            return CertificateFiles.Check(authorities, place.Of("caCertificates"), LeftOut, findings);
        }

        if (tls.CredentialNames.Count == 0)
        {
            findings.Error("FLD103", place, $"is {tls.Mode} without authorities for the certificates of clients", "give caCertificates");
        }
        else
        {
            findings.Warning(
                "REF305", place, $"is {tls.Mode} without authorities for the certificates of clients; {LeftOut}",
                "give NAME-cacert.crt in the folder of --tls-dir");
        }

        return false;
    }
}

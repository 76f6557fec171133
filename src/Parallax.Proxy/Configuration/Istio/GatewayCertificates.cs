namespace Parallax.Proxy.Configuration;

/// <summary>Finds the certificates of an Istio Gateway's server.</summary>
internal static class GatewayCertificates
{
    /// <summary>Adds them to the listener, or reports why there are none.</summary>
    public static void Add(ListenerDraft draft, GatewayServerDocument server, string? tlsFolder, Findings findings)
    {
        var tls = server.Tls;
        var place = tls.Place ?? server.Place;
        var hosts = server.Hosts.Select(host => host.Pattern).Distinct().ToList();
        var certificates = new List<CertificateConfig>();
        var pairs = tls.CertificateFile is { Length: > 0 } file && tls.PrivateKeyFile is { Length: > 0 } keyFile
            ? [new(file, keyFile)] : tls.Pairs;
        foreach (var (certificate, key) in pairs)
        {
            if (CertificateFiles.Check(certificate, place.Of("serverCertificate"), findings)
                & CertificateFiles.Check(key, place.Of("privateKey"), findings))
            {
                certificates.Add(new() { Hostnames = hosts, CertificateFile = certificate, PrivateKeyFile = key });
            }
        }

        if (pairs.Count == 0 && tls.CredentialNames.Count == 0)
        {
            findings.Error("FLD103", place, "names no certificate", "give credentialName, or serverCertificate and privateKey");
        }

        foreach (var name in tls.CredentialNames)
        {
            if (CertificateFiles.Find(tlsFolder, name) is { } found)
            {
                certificates.Add(found with { Hostnames = hosts });
            }
            else
            {
                findings.Error(
                    "REF305", place.Of("credentialName"), $"is {name}, of which there are no files",
                    $"give --tls-dir DIR with {name}.crt and {name}.key");
            }
        }

        foreach (var found in certificates)
        {
            if (CertificateFiles.ProblemOf(found.CertificateFile, found.PrivateKeyFile) is { } problem)
            {
                findings.Error("REF305", place, $"cannot be used: {problem}");
            }

            draft.AddCertificate(found);
        }

        if (tls.Mode == "MUTUAL")
        {
            AddAuthorities(draft, tls, place, tlsFolder, findings);
        }
    }

    private static void AddAuthorities(ListenerDraft draft, GatewayTlsDocument tls, Place place, string? tlsFolder, Findings findings)
    {
        var authorities = tls.Authorities
            ?? tls.CredentialNames.Select(name => CertificateFiles.FindAuthorities(tlsFolder, name)).FirstOrDefault(
                file => file is not null);
        if (authorities is null)
        {
            findings.Error("FLD103", place, "is MUTUAL without authorities for the certificates of clients",
                "give caCertificates, or NAME-cacert.crt in the folder of --tls-dir");
        }
        else if (CertificateFiles.Check(authorities, place.Of("caCertificates"), findings))
        {
            draft.ClientAuthorities = authorities;
        }
    }
}

using Parallax.Documents;
using Parallax.Proxy.Configuration.Clusters;
using Parallax.Proxy.Configuration.Model;
using Parallax.Proxy.Configuration.Reading;

namespace Parallax.Proxy.Configuration.Istio;

/// <summary>Reads how TLS is spoken to a service's endpoints.</summary>
internal static class TlsPolicyReader
{
    /// <summary>Reads ClientTLSSettings.</summary>
    public static TlsPolicy Read(Fields fields)
    {
        var mode = fields.Choice("mode", "DISABLE", "SIMPLE", "MUTUAL", "ISTIO_MUTUAL");
        var isTls = mode is "SIMPLE" or "MUTUAL";
        var credential = fields.Text("credentialName") is { Length: > 0 } name && isTls ? name : null;
        fields.NotSupported("caCrl", "revocation lists are not looked at");
        var certificate = fields.Text("clientCertificate");
        var key = fields.Text("privateKey");
        var authorities = fields.Text("caCertificates");
        var names = fields.Texts("subjectAltNames");
        var sni = fields.Text("sni");
        var verifies = !(fields.Flag("insecureSkipVerify") ?? false);
        if (mode == "ISTIO_MUTUAL")
        {
            fields.Findings.Warning(
                "FLD105", fields.Of("mode"), "is ISTIO_MUTUAL, which is not supported: "
                    + "there are no certificates of a mesh; plain text is sent");
        }
        else if (credential is not null)
        {
            CheckCredential(fields);
        }
        else if (mode == "MUTUAL" && (certificate is null || key is null))
        {
            fields.Findings.Error(
                "FLD103", fields.Of("mode"), "is MUTUAL without a certificate of our own", "give clientCertificate and privateKey");
        }

        authorities = authorities is "" or "system" ? null : authorities;
        var isWhole = true;
        foreach (var (field, file) in new[]
            { ("clientCertificate", certificate), ("privateKey", key), ("caCertificates", authorities) })
        {
            if (isTls && credential is null && file is not null)
            {
                isWhole &= CertificateFiles.Check(
                    file, fields.Of(field), "requests for the service are answered 503, copies dropped", fields.Findings);
            }
        }

        if (!verifies && isTls && (authorities is not null || fields.Has("subjectAltNames")))
        {
            fields.Findings.Error(
                "RUL204", fields.Of("insecureSkipVerify"), "cannot stand beside caCertificates or subjectAltNames", "remove one of them");
        }

        var config = new ClusterTlsConfig
        {
            ServerName = string.IsNullOrEmpty(sni) ? null : sni,
            SubjectAltNames = names,
            Authorities = authorities,
            CertificateFile = mode == "MUTUAL" ? certificate : null,
            PrivateKeyFile = mode == "MUTUAL" ? key : null,
            VerifiesCertificate = verifies,
        };
        return new(fields.Place, isTls ? config : null, mode == "MUTUAL", credential) { IsWhole = isWhole };
    }

    private static void CheckCredential(Fields fields)
    {
        foreach (var key in fields.Present("clientCertificate", "privateKey", "caCertificates", "caCrl"))
        {
            fields.Findings.Error("RUL201", fields.Of(key), "cannot stand beside credentialName", "leave one");
        }
    }
}

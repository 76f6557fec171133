using System.Net;

namespace Parallax.Proxy.Configuration;

/// <summary>Reads Istio's Gateways.</summary>
internal static class IstioGatewayReader
{
    private static readonly string[] Plain = ["HTTP", "HTTP2", "GRPC", "GRPC-WEB"];

    private static readonly string[] Protocols = [.. Plain, "HTTPS", "TLS", "TCP", "MONGO", "MYSQL", "REDIS"];

    /// <summary>Reads <c>spec</c>.</summary>
    public static IstioGatewayDocument Read(DocumentHead head, Fields spec)
    {
        // Which workloads carry a gateway out; this program is the one.
        _ = spec.TextMap("selector");
        if (!spec.Has("servers"))
        {
            spec.Missing("servers", "list at least one server");
        }

        return new(head, spec.Objects("servers", fields => Server(head, fields)));
    }

    private static GatewayServerDocument? Server(DocumentHead head, Fields fields)
    {
        fields.NotSupported("defaultEndpoint", "requests go where routes send them");
        _ = fields.Text("name");
        var (port, protocol) = fields.Object("port", Port);
        if (!fields.Has("port"))
        {
            fields.Missing("port", "write port: {number: 80, name: http, protocol: HTTP}");
        }

        var bind = fields.Text("bind");
        IPAddress? address = null;
        if (bind is { Length: > 0 } && !IPAddress.TryParse(bind, out address))
        {
            fields.Findings.Error("FLD104", fields.Of("bind"), $"is \"{bind}\", which is no IP address");
        }

        var hosts = Hosts(head, fields);
        var tls = fields.Object("tls", Tls) ?? new();
        var isUsable = CheckProtocol(fields, protocol, tls);
        return !isUsable || port is null ? null : new()
        {
            Place = fields.Place,
            Port = port.Value,
            Bind = address,
            Hosts = hosts,
            Tls = tls with { Mode = protocol == "HTTPS" ? tls.Mode : null },
        };
    }

    private static (int? Number, string? Protocol) Port(Fields fields)
    {
        if (!fields.Has("number"))
        {
            fields.Missing("number", "give the port");
        }

        _ = fields.Text("name");
        fields.NotSupported("targetPort", "the port listened at is set by --listen");
        var protocol = fields.RequiredText("protocol", "write HTTP or HTTPS").ToUpperInvariant();
        if (protocol.Length > 0 && !Protocols.Contains(protocol))
        {
            fields.Findings.Error(
                "FLD104", fields.Of("protocol"), $"is \"{protocol}\", which is no protocol", Spelling.Suggest(protocol, Protocols));
        }

        return (fields.Whole("number", 1, 65_535), protocol);
    }

    private static List<GatewayHost> Hosts(DocumentHead head, Fields fields)
    {
        var hosts = new List<GatewayHost>();
        foreach (var (index, text) in fields.Texts("hosts").Index())
        {
            var slash = text.IndexOf('/', StringComparison.Ordinal);
            var place = slash < 0 ? "*" : text[..slash];
            var pattern = text[(slash + 1)..].ToLowerInvariant();
            if (!Hostnames.IsPattern(pattern) || place.Length == 0)
            {
                fields.Findings.Error(
                    "FLD104", fields.Of("hosts").At(index), $"is \"{text}\", which is no host",
                    "write a name, *.example.com or *, with NAMESPACE/ before it or not");
                continue;
            }

            hosts.Add(new(place == "." ? head.Namespace : place, pattern));
        }

        if (fields.Entries("hosts").Count == 0)
        {
            fields.Missing("hosts", "name at least one host, or \"*\"");
        }

        return hosts;
    }

    private static bool CheckProtocol(Fields fields, string? protocol, GatewayTlsDocument tls)
    {
        if (protocol is "TCP" or "TLS" or "MONGO" or "MYSQL" or "REDIS"
            || tls.Mode is "PASSTHROUGH" or "AUTO_PASSTHROUGH" or "ISTIO_MUTUAL")
        {
            fields.Findings.Warning(
                "FLD105", fields.Place, $"is not supported and left out, because only HTTP is served, not {tls.Mode ?? protocol}");
            return false;
        }

        if (protocol is "HTTP2" or "GRPC" or "GRPC-WEB")
        {
            fields.Findings.Warning(
                "FLD105", fields.Of("port").Of("protocol"), $"is {protocol}, which is not supported; HTTP/1.1 is served at this port");
        }

        if (protocol == "HTTPS" && tls.Mode is null)
        {
            fields.Findings.Error("RUL210", fields.Of("tls"), "is needed for HTTPS", "write tls: {mode: SIMPLE, credentialName: NAME}");
            return false;
        }

        if (protocol is not null && Plain.Contains(protocol) && tls.Mode is not null)
        {
            fields.Findings.Error("RUL210", fields.Of("tls").Of("mode"), $"cannot be given with {protocol}", "write protocol: HTTPS");
        }

        return protocol == "HTTPS" || (protocol is not null && Plain.Contains(protocol));
    }

    private static GatewayTlsDocument Tls(Fields fields)
    {
        foreach (var key in new[] { "minProtocolVersion", "maxProtocolVersion", "cipherSuites", "ecdhCurves" })
        {
            fields.NotSupported(key, "the system's choice is used");
        }

        foreach (var key in new[] { "insecureSkipVerify", "subjectAltNames", "verifyCertificateSpki", "verifyCertificateHash", "caCrl", "caCertCredentialName" })
        {
            fields.NotSupported(key, "certificates of clients are checked against their authorities only");
        }

        fields.NotSupported("tlsCertificates", "files are named by serverCertificate and privateKey");
        var mode = fields.Choice(
            "mode", "SIMPLE", "MUTUAL", "OPTIONAL_MUTUAL", "PASSTHROUGH", "AUTO_PASSTHROUGH", "ISTIO_MUTUAL");
        var tls = new GatewayTlsDocument
        {
            Place = fields.Place,
            RedirectsToHttps = fields.Flag("httpsRedirect") ?? false,
            Mode = mode,
            CertificateFile = fields.Text("serverCertificate"),
            PrivateKeyFile = fields.Text("privateKey"),
            Authorities = fields.Text("caCertificates"),
            CredentialNames = [.. new[] { fields.Text("credentialName") }.OfType<string>(), .. fields.Texts("credentialNames")],
        };
        if (mode == "OPTIONAL_MUTUAL")
        {
            fields.Findings.Warning(
                "FLD105", fields.Of("mode"), "is OPTIONAL_MUTUAL, which is not supported; clients are asked for no certificate");
        }

        return tls;
    }
}

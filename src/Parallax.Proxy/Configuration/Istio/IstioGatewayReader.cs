using System.Net;
using Parallax.Documents;
using Parallax.Proxy.Configuration.Reading;

namespace Parallax.Proxy.Configuration.Istio;

/// <summary>Reads Istio's Gateways.</summary>
internal static class IstioGatewayReader
{
    private const string Unix = "unix://";

    private static readonly string[] Plain = ["HTTP", "HTTP2", "GRPC", "GRPC-WEB"];

    private static readonly string[] Protocols = [.. Plain, "HTTPS", "TLS", "TCP", "MONGO", "MYSQL", "REDIS", "UDP", "HTTP_PROXY"];

    /// <summary>Reads <c>spec</c>.</summary>
    public static IstioGatewayDocument Read(DocumentHead head, Fields spec)
    {
        if (head.Name.Length > 0 && !Hostnames.IsLabel(head.Name))
        {
            spec.Findings.Error(
                "FLD104", head.Place.Of("metadata").Of("name"), $"is \"{head.Name}\"", "write letters, digits and hyphens; 63 at most");
        }

        // Which workloads carry a gateway out; this program is the one.
        _ = spec.TextMap("selector");
        if (spec.Entries("servers").Count == 0)
        {
            spec.Missing("servers", "list at least one server");
        }

        var servers = spec.Objects("servers", fields => Server(head, fields));
        foreach (var twice in servers.Where(each => each.PortName.Length > 0).GroupBy(each => each.PortName).Where(
            group => group.Count() > 1))
        {
            spec.Findings.Error(
                "REF309", twice.Last().Place.Of("port").Of("name"), $"is {twice.Key}, the name of another port", "give each its own");
        }

        return new(head, servers);
    }

    private static GatewayServerDocument Server(DocumentHead head, Fields fields)
    {
        fields.NotSupported("defaultEndpoint", "requests go where routes send them");
        _ = fields.Text("name");
        var bind = fields.Text("bind") ?? "";
        var isSocket = bind.StartsWith(Unix, StringComparison.Ordinal);
        var port = fields.Object("port", each => Port(each, isSocket));
        if (!fields.Has("port"))
        {
            fields.Missing("port", "write port: {number: 80, name: http, protocol: HTTP}");
        }

        IPAddress? address = null;
        if (isSocket)
        {
            fields.Findings.Warning(
                "FLD105", fields.Of("bind"), "is a Unix domain socket, which is not supported; the server is left out");
        }
        else if (bind.Length > 0 && !IPAddress.TryParse(bind, out address))
        {
            fields.Findings.Error("FLD104", fields.Of("bind"), $"is \"{bind}\", which is no IP address");
        }

        var hosts = Hosts(head, fields);
        var tls = fields.Object("tls", Tls);
        var isServed = CheckProtocol(fields, port.Protocol, tls) && port.Number is > 0 && !isSocket;
        return new()
        {
            Place = fields.Place,
            Port = port.Number ?? 0,
            PortName = port.Name ?? "",
            IsServed = isServed,
            SpeaksTls = port.Protocol is "HTTPS" or "TLS",
            Bind = address,
            Hosts = hosts,
            Tls = (tls ?? new()) with { Mode = port.Protocol == "HTTPS" ? tls?.Mode : null },
        };
    }

    private static (int? Number, string? Protocol, string? Name) Port(Fields fields, bool isSocket)
    {
        if (!fields.Has("number") && !isSocket)
        {
            fields.Missing("number", "give the port");
        }

        var name = fields.Text("name");
        if (string.IsNullOrEmpty(name))
        {
            fields.Findings.Warning(
                "FLD103", fields.Of("name"), "is missing, so the API server would not take it", "name the port, such as http");
        }

        if (fields.Whole("targetPort") is > 0)
        {
            fields.Findings.Error("FLD104", fields.Of("targetPort"), "means nothing at a Gateway", "remove it");
        }

        var protocol = fields.RequiredText("protocol", "write HTTP or HTTPS").ToUpperInvariant();
        if (protocol.Length > 0 && !Protocols.Contains(protocol))
        {
            fields.Findings.Error(
                "FLD104", fields.Of("protocol"), $"is \"{protocol}\", which is not a protocol", Spelling.Suggest(protocol, Protocols));
        }

        return (fields.Whole("number", isSocket ? 0 : 1, isSocket ? 0 : 65_535), protocol, name);
    }

    private static List<GatewayHost> Hosts(DocumentHead head, Fields fields)
    {
        var hosts = new List<GatewayHost>();
        foreach (var (index, text) in fields.Texts("hosts").Index())
        {
            var slash = text.IndexOf('/', StringComparison.Ordinal);
            var place = slash < 0 ? "*" : text[..slash];
            var pattern = text[(slash + 1)..].ToLowerInvariant();
            var isHost = Hostnames.IsPattern(pattern.Length > 1 ? pattern.TrimEnd('.') : pattern) || IPAddress.TryParse(pattern, out _);
            if (!isHost || !(place is "*" or "." || Hostnames.IsLabel(place)))
            {
                fields.Findings.Error(
                    "FLD104", fields.Of("hosts").At(index), $"is \"{text}\", which is not a host",
                    "write a name, *.example.com or *, with NAMESPACE/ before it or not");
                continue;
            }

            pattern = pattern.Length > 1 ? pattern.TrimEnd('.') : pattern;
            hosts.Add(new(place == "." ? head.Namespace : place, Hostnames.InAuthority(pattern)));
        }

        if (fields.Entries("hosts").Count == 0)
        {
            fields.Missing("hosts", "name at least one host, or \"*\"");
        }

        return hosts;
    }

    private static bool CheckProtocol(Fields fields, string? protocol, GatewayTlsDocument? tls)
    {
        if (protocol is null or "" || !Protocols.Contains(protocol))
        {
            return false;
        }

        var isPlain = Plain.Contains(protocol);
        CheckTls(fields, protocol, tls);
        if (protocol == "HTTPS" ? tls?.Mode is null or "PASSTHROUGH" or "AUTO_PASSTHROUGH" or "ISTIO_MUTUAL" : !isPlain)
        {
            var what = protocol == "HTTPS" ? tls is null ? "HTTPS without tls" : tls.Mode ?? "PASSTHROUGH, which no mode means" : protocol;
            fields.Findings.Warning(
                "FLD105", fields.Place, $"is not supported and left out, because only HTTP is served, not {what}");
            return false;
        }

        if (protocol is "HTTP2" or "GRPC" or "GRPC-WEB")
        {
            fields.Findings.Warning(
                "FLD105", fields.Of("port").Of("protocol"), $"is {protocol}, which is not supported; HTTP/1.1 is served at this port");
        }

        return true;
    }

    private static void CheckTls(Fields fields, string protocol, GatewayTlsDocument? tls)
    {
        if (protocol is "HTTPS" or "TLS")
        {
            if (tls is null && !fields.Has("tls"))
            {
                fields.Findings.Error(
                    "RUL210", fields.Of("tls"), $"is needed for {protocol}", "write tls: {mode: SIMPLE, credentialName: NAME}");
            }

            return;
        }

        // PASSTHROUGH is what tls without a mode means.
        var isHttp = Plain.Contains(protocol) || protocol == "HTTP_PROXY";
        if (tls is not null && (!isHttp || tls.Mode is not (null or "PASSTHROUGH" or "AUTO_PASSTHROUGH")))
        {
            fields.Findings.Error(
                "RUL210", isHttp ? fields.Of("tls").Of("mode") : fields.Of("tls"), $"cannot be given with {protocol}",
                "write protocol: HTTPS");
        }
    }

    private static GatewayTlsDocument Tls(Fields fields)
    {
        foreach (var key in new[] { "minProtocolVersion", "maxProtocolVersion", "cipherSuites", "ecdhCurves" })
        {
            fields.NotSupported(key, "the system's choice is used");
        }

        string[] ofClients =
        [
            "insecureSkipVerify", "subjectAltNames", "verifyCertificateSpki", "verifyCertificateHash", "caCrl", "caCertCredentialName",
        ];
        foreach (var key in ofClients)
        {
            fields.NotSupported(key, "certificates of clients are checked against their authorities only");
        }

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
            Pairs = fields.Objects("tlsCertificates", Pair),
            CredentialNames = [.. new[] { fields.Text("credentialName") }.OfType<string>(), .. fields.Texts("credentialNames")],
        };
        CheckSources(fields, tls);
        return tls;
    }

    private static CertificatePair Pair(Fields fields)
    {
        _ = fields.Text("caCertificates");
        return new(
            fields.RequiredText("serverCertificate", "name the file of the certificate"),
            fields.RequiredText("privateKey", "name the file of its key"));
    }

    private static void CheckSources(Fields fields, GatewayTlsDocument tls)
    {
        List<string> sources = [.. fields.Present("serverCertificate", "credentialName", "credentialNames", "tlsCertificates")];
        if (tls.Mode == "ISTIO_MUTUAL" && sources.Count > 0)
        {
            fields.Findings.Error("RUL204", fields.Of(sources[0]), "cannot be given with ISTIO_MUTUAL", "remove it");
        }
        else if (sources.Count > 1 && tls.Mode is "SIMPLE" or "MUTUAL" or "OPTIONAL_MUTUAL")
        {
            fields.Findings.Error("RUL201", fields.Of(sources[1]), $"cannot stand beside {sources[0]}", "leave one");
        }
    }
}

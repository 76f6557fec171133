using Parallax.Documents;
using Parallax.Proxy.Configuration.Reading;

namespace Parallax.Proxy.Configuration.GatewayApi;

/// <summary>Reads Gateways, ReferenceGrants and Namespaces.</summary>
internal static class KubernetesGatewayReader
{
    private const string NoInfrastructure = "nothing but this process is set up";

    /// <summary>Reads <c>spec</c> of a Gateway.</summary>
    public static KubernetesGatewayDocument Read(DocumentHead head, Fields spec)
    {
        _ = spec.RequiredText("gatewayClassName", "any name will do, such as parallax");
        spec.NotSupported("addresses", "sockets are set by --listen");
        spec.NotSupported("infrastructure", NoInfrastructure);
        spec.NotSupported("allowedListeners", "listeners of other documents are not read");
        spec.NotSupported("backendTLS", "certificates for backends are given by a DestinationRule's tls");
        var clients = spec.Object("tls", ClientValidations.Read) ?? ClientValidations.None;
        spec.NotSupported("defaultScope", "a route names its Gateway");
        if (!spec.Has("listeners"))
        {
            spec.Missing("listeners", "list at least one listener");
        }

        ApiNames.CheckCount(spec, "listeners", 64);
        var listeners = spec.Objects("listeners", fields => Listener(head, fields, clients));
        foreach (var twice in listeners.GroupBy(each => each.Name).Where(group => group.Count() > 1 && group.Key.Length > 0))
        {
            spec.Findings.Error("REF309", twice.Last().Place.Of("name"), $"\"{twice.Key}\" is the name of two listeners");
        }

        foreach (var twice in listeners.GroupBy(each => (each.Port, each.Protocol, each.Hostname)).Where(group => group.Count() > 1))
        {
            spec.Findings.Error("REF309", twice.Last().Place, "has the port, protocol and hostname of the listener " + twice.First().Name);
        }

        return new(head, listeners);
    }

    /// <summary>Reads <c>spec</c> of a ReferenceGrant.</summary>
    public static ReferenceGrantDocument ReadGrant(DocumentHead head, Fields spec)
    {
        foreach (var key in new[] { "from", "to" })
        {
            if (spec.Entries(key).Count == 0)
            {
                spec.Missing(key, "list at least one");
            }
        }

        return new(
            head,
            spec.Objects("from", from => new GrantFrom(
                from.Text("group") ?? "", from.RequiredText("kind", "such as HTTPRoute"), from.RequiredText("namespace", "name it"))),
            spec.Objects("to", to => new GrantTo(to.Text("group") ?? "", to.RequiredText("kind", "such as Service"), to.Text("name"))));
    }

    /// <summary>The labels of a Namespace; Kubernetes gives each the label of its name.</summary>
    public static NamespaceDocument NamespaceOf(DocumentHead head) =>
        new(head.Name, [.. head.Labels, KeyValuePair.Create("kubernetes.io/metadata.name", head.Name)]);

    private static GatewayListenerDocument? Listener(DocumentHead head, Fields fields, ClientValidations clients)
    {
        var name = fields.RequiredText("name", "name the listener, such as http");
        ApiNames.CheckSection(fields, "name");
        var hostname = fields.Text("hostname");
        if (!fields.Has("port"))
        {
            fields.Missing("port", "give the port");
        }

        if (hostname is not null)
        {
            ApiNames.CheckHostname(hostname, fields.Of("hostname"), mayBePattern: true, fields.Findings);
        }

        var port = fields.Whole("port", 1, 65_535);
        var protocol = fields.RequiredText("protocol", "write HTTP or HTTPS");
        var (mode, certificates, own) = fields.Object("tls", tls => Tls(head, tls));
        var (from, selector, kinds) = fields.Object("allowedRoutes", AllowedRoutes);
        if (port is null)
        {
            return null;
        }

        return new()
        {
            Place = fields.Place,
            Name = name,
            Protocol = protocol,
            IsServed = CheckProtocol(fields, protocol, mode, certificates is { Count: > 0 }),
            Hostname = string.IsNullOrEmpty(hostname) ? "*" : hostname,
            Port = port.Value,
            IsTls = protocol == "HTTPS",
            Clients = own ?? (port is { } number ? clients.For(number) : null),
            Certificates = certificates ?? [],
            RoutesFrom = from ?? "Same",
            Selector = selector ?? new([], []),
            TakesHttpRoutes = kinds is not { Count: > 0 } || kinds.Contains("HTTPRoute"),
        };
    }

    // Protocols are an open list: what is not served is left out, and the rest of the Gateway is served.
    private static bool CheckProtocol(Fields fields, string protocol, string? mode, bool hasCertificates)
    {
        if (protocol.Length > 0 && !ApiNames.IsProtocol(protocol))
        {
            fields.Findings.Error("FLD104", fields.Of("protocol"), $"is \"{protocol}\", which is not a protocol", "write HTTP or HTTPS");
            return false;
        }

        CheckTls(fields, protocol, mode);
        if (protocol is "HTTP" or "")
        {
            return protocol.Length > 0;
        }

        if (protocol == "HTTPS")
        {
            if (!hasCertificates)
            {
                fields.Findings.Warning(
                    "RUL210", fields.Of("tls"), "names no certificate, so the listener is left out",
                    "write tls: {certificateRefs: [{name: NAME}]}");
            }

            return hasCertificates;
        }

        var meant = Spelling.Nearest(protocol, ["HTTP", "HTTPS"]);
        fields.Findings.Warning(
            "FLD105", fields.Place, "is not supported and left out, because only HTTP is served, "
            + $"not {(mode == "Passthrough" ? "TLS as it is" : protocol)}",
            meant is not null && protocol is not "TLS" ? $"did you mean \"{meant}\"?" : "");
        return false;
    }

    private static void CheckTls(Fields fields, string protocol, string? mode)
    {
        if (protocol is "HTTP" or "TCP" or "UDP" && fields.Has("tls"))
        {
            fields.Findings.Error("RUL210", fields.Of("tls"), $"cannot be given with {protocol}", "write protocol: HTTPS");
        }

        if (protocol is "TCP" or "UDP" && fields.Has("hostname"))
        {
            fields.Findings.Error("RUL210", fields.Of("hostname"), $"cannot be given with {protocol}", "remove it");
        }

        if (protocol == "HTTPS" && mode == "Passthrough")
        {
            fields.Findings.Error("RUL210", fields.Of("tls").Of("mode"), "is Passthrough, which HTTPS cannot be", "write protocol: TLS");
        }
    }

    private static (string? Mode, IReadOnlyList<SecretReference>? Certificates, ClientValidation? Clients) Tls(
        DocumentHead head, Fields fields)
    {
        fields.NotSupported("options", "the system's choice is used");
        return (
            fields.Choice("mode", "Terminate", "Passthrough"),
            fields.Objects("certificateRefs", reference => Secret(head, reference)),
            fields.Object("frontendValidation", ClientValidations.Validation));
    }

    private static SecretReference Secret(DocumentHead head, Fields fields)
    {
        ApiNames.CheckReference(fields);
        var isSecret = (fields.Text("group") ?? "") == "" & (fields.Text("kind") ?? "Secret") == "Secret";
        var name = fields.RequiredText("name", "name the secret");
        return new(fields.Place, isSecret ? name : null, fields.Text("namespace") ?? head.Namespace);
    }

    private static (string? From, LabelSelector? Selector, IReadOnlyList<string>? Kinds) AllowedRoutes(Fields fields)
    {
        var (from, selector) = fields.Object("namespaces", namespaces => (
            namespaces.Choice("from", "All", "Same", "Selector", "None"),
            namespaces.Object("selector", Selector)));
        var kinds = fields.Objects("kinds", kind =>
        {
            var group = kind.Text("group") ?? ApiGroups.GatewayApi;
            var name = kind.RequiredText("kind", "such as HTTPRoute");
            return group == ApiGroups.GatewayApi ? name : $"{name} of {group}";
        });
        if (from == "Selector" && selector is null)
        {
            fields.Findings.Error("FLD103", fields.Of("namespaces").Of("selector"), "is missing, which from: Selector needs");
        }

        return (from, selector, kinds);
    }

    private static LabelSelector Selector(Fields fields) => new(
        fields.TextMap("matchLabels"),
        fields.Objects("matchExpressions", each => new LabelExpression(
            each.RequiredText("key", "name the label"),
            each.Choice("operator", "In", "NotIn", "Exists", "DoesNotExist") ?? "In",
            each.Texts("values"))));
}

using Parallax.Documents;

namespace Parallax.Proxy.Configuration.GatewayApi;

/// <summary>The authorities that certificates of clients have to come from.</summary>
/// <param name="Place">Where it stands.</param>
/// <param name="Names">What the authorities' files are called.</param>
internal sealed record ClientValidation(Place Place, IReadOnlyList<string> Names);

/// <summary>How a Gateway checks certificates of clients.</summary>
/// <param name="Default">For all ports.</param>
/// <param name="Ports">For single ports.</param>
internal sealed record ClientValidations(ClientValidation? Default, IReadOnlyList<KeyValuePair<int, ClientValidation?>> Ports)
{
    /// <summary>Nothing is asked of clients.</summary>
    public static ClientValidations None { get; } = new(null, []);

    /// <summary>Reads a Gateway's <c>tls</c>.</summary>
    public static ClientValidations Read(Fields fields)
    {
        fields.NotSupported("backend", "certificates for backends are given by a DestinationRule's tls");
        return fields.Object("frontend", frontend => new ClientValidations(
            frontend.Object("default", Validated),
            frontend.Objects("perPort", each => new PortValidation(each.Whole("port", 1, 65_535) ?? 0, each.Object("tls", Validated)))
                .Select(each => KeyValuePair.Create(each.Port, each.Clients)).ToList())) ?? None;
    }

    /// <summary>Reads the authorities; null where clients without a valid certificate are let in all the same.</summary>
    public static ClientValidation? Validation(Fields fields)
    {
        var names = fields.Objects("caCertificateRefs", reference =>
        {
            ApiNames.CheckReference(reference);
            reference.Pass("group", "kind", "namespace");
            return reference.RequiredText("name", "name the ConfigMap");
        });
        if (fields.Choice("mode", "AllowValidOnly", "AllowInsecureFallback") != "AllowInsecureFallback")
        {
            return new(fields.Place, names);
        }

        fields.Findings.Warning(
            "FLD105", fields.Of("mode"), "is AllowInsecureFallback, which is not supported; clients are asked for no certificate");
        return null;
    }

    /// <summary>What holds for a port.</summary>
    public ClientValidation? For(int port) => Ports.Any(each => each.Key == port) ? Ports.First(each => each.Key == port).Value : Default;

    private static ClientValidation? Validated(Fields fields) => fields.Object("validation", Validation);

    private sealed record PortValidation(int Port, ClientValidation? Clients);
}

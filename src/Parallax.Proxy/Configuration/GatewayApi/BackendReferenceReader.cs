using Parallax.Documents;
using Parallax.Proxy.Configuration.Reading;

namespace Parallax.Proxy.Configuration.GatewayApi;

/// <summary>Reads what a route or mirror refers to.</summary>
internal static class BackendReferenceReader
{
    private const int MaxPort = 65_535;

    /// <summary>Reads one reference.</summary>
    public static BackendReference Read(DocumentHead head, Fields fields)
    {
        ApiNames.CheckReference(fields);
        var reference = new BackendReference(
            fields.Place,
            fields.Text("group") ?? "",
            fields.Text("kind") ?? "Service",
            fields.RequiredText("name", "name the Service").ToLowerInvariant(),
            fields.Text("namespace") ?? head.Namespace,
            fields.Whole("port", 1, MaxPort));
        if (reference is { Group: "", Kind: "Service" } && !fields.Has("port"))
        {
            fields.Missing("port", "a Service needs it");
        }

        return reference;
    }
}

using Parallax.Documents;
using Parallax.Proxy.Configuration.Reading;

namespace Parallax.Proxy.Configuration.Clusters;

/// <summary>An Istio ServiceEntry: hosts and where they are.</summary>
internal sealed record ServiceEntryDocument
{
    public required DocumentHead Head { get; init; }

    /// <summary>The hosts, full, or patterns.</summary>
    public required IReadOnlyList<string> Hosts { get; init; }

    public IReadOnlyList<EntryPortDocument> Ports { get; init; } = [];

    /// <summary>STATIC, DNS, NONE …; NONE when it is not given.</summary>
    public required string Resolution { get; init; }

    /// <summary>The endpoints that can be used.</summary>
    public IReadOnlyList<WorkloadDocument> Endpoints { get; init; } = [];

    /// <summary>True when endpoints are listed, be they usable or not.</summary>
    public bool HasEndpoints { get; init; }

    /// <summary>Labels of the WorkloadEntries that belong to it; null for none.</summary>
    public IReadOnlyList<KeyValuePair<string, string>>? Selector { get; init; }
}

/// <summary>A port of a service, and the one its endpoints have when it is another.</summary>
internal sealed record EntryPortDocument(int Number, string Name, int? TargetPort)
{
    /// <summary>The protocol in capitals; empty when it is not given.</summary>
    public string Protocol { get; init; } = "";

    /// <summary>True when the host a caller means can be told by the protocol.</summary>
    public bool TellsHost => Protocol is "HTTP" or "HTTP2" or "HTTP_PROXY" or "GRPC" or "GRPC-WEB" or "HTTPS" or "TLS";
}

/// <summary>One endpoint, or a WorkloadEntry.</summary>
internal sealed record WorkloadDocument(
    Place Place,
    string Address,
    IReadOnlyList<KeyValuePair<string, int>> Ports,
    IReadOnlyList<KeyValuePair<string, string>> Labels,
    int Weight);

/// <summary>An Istio WorkloadEntry.</summary>
internal sealed record WorkloadEntryDocument(DocumentHead Head, WorkloadDocument Workload);

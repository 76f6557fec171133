using Parallax.Documents;
using Parallax.Proxy.Configuration.GatewayApi;
using Parallax.Proxy.Configuration.Istio;
using Parallax.Proxy.Configuration.Reading;

namespace Parallax.Proxy.Configuration.Loading;

/// <summary>Finds out what each document is and has it read.</summary>
/// <remarks>Thread safety: none.</remarks>
internal sealed class DocumentDispatch(DocumentSet documents, Findings findings)
{
    private const string IstioGroup = ApiGroups.Istio;
    private const string GatewayGroup = ApiGroups.GatewayApi;

    private readonly Dictionary<string, Action<DocumentHead, Fields>> _readers = new(StringComparer.Ordinal)
    {
        [IstioGroup + "/Gateway"] = (head, spec) => documents.OfIstio.Gateways.Add(IstioGatewayReader.Read(head, spec)),
        [IstioGroup + "/VirtualService"] = (head, spec) => documents.OfIstio.VirtualServices.Add(VirtualServiceReader.Read(head, spec)),
        [IstioGroup + "/DestinationRule"] = (head, spec) => documents.DestinationRules.Add(DestinationRuleReader.Read(head, spec)),
        [IstioGroup + "/ServiceEntry"] = (head, spec) => documents.ServiceEntries.Add(ServiceEntryReader.Read(head, spec)),
        [IstioGroup + "/WorkloadEntry"] = (head, spec) => documents.WorkloadEntries.AddRange(
            ServiceEntryReader.ReadWorkload(head, spec) is { } workload ? [workload] : []),
        [GatewayGroup + "/Gateway"] = (head, spec) => documents.OfGatewayApi.Gateways.Add(KubernetesGatewayReader.Read(head, spec)),
        [GatewayGroup + "/HTTPRoute"] = (head, spec) => documents.OfGatewayApi.Routes.Add(HttpRouteReader.Read(head, spec)),
        [GatewayGroup + "/ReferenceGrant"] = (head, spec) =>
            documents.OfGatewayApi.Grants.Add(KubernetesGatewayReader.ReadGrant(head, spec)),
        ["/Namespace"] = (head, _) => documents.OfGatewayApi.Namespaces.Add(KubernetesGatewayReader.NamespaceOf(head)),
    };

    private readonly HashSet<string> _skipped = new(StringComparer.Ordinal);
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    // What is wrong with the document that is being read, as far as nobody has answered for it.
    private List<YamlComplaint> _complaints = [];

    /// <summary>Reads one document, or the documents of a list.</summary>
    public void Read(DocumentText document)
    {
        if (document.Root is null)
        {
            ReadSketch(document);
            return;
        }

        _complaints = [.. document.Complaints];
        Read(new("", document.Root), new(null, null, int.MaxValue));
        (document with { Complaints = _complaints }).Report(findings);
    }

    // The parser's limits are not the user's where nobody would look into the document anyway.
    private void ReadSketch(DocumentText document)
    {
        var (apiVersion, kind) = KindSketch.Of(document.Text) ?? ("", "");
        var group = DocumentKinds.Split(apiVersion).Group;
        if (kind.Length > 0 && DocumentKinds.Find(group, kind).Use == KindUse.Skipped)
        {
            var first = document.Complaints[0];
            findings.Warning(first.Code, first.Place, $"{first.Message}; the {kind} it stands in says nothing to the proxy and is skipped");
            return;
        }

        document.Report(findings);
    }

    private void Read(Place place, Surroundings around)
    {
        if (place.Node is not MapNode map)
        {
            findings.Error(
                "DOC006", place, $"the document is {place.Node.Description}, not a mapping with apiVersion, kind and metadata",
                place.Node is ListNode ? "make each entry a document, with a line of --- between them" : "");
            return;
        }

        if (TextOf(map, "kind") is { } kind && IsList(kind, map))
        {
            ReadList(place, kind, around);
            return;
        }

        ReadObject(place, map, around);
    }

    private static bool IsList(string kind, MapNode map) =>
        kind == "List" || (kind.EndsWith("List", StringComparison.Ordinal) && map.TryGet("items", out _));

    // The entries of a VirtualServiceList need not say that each is a VirtualService.
    private void ReadList(Place place, string kind, Surroundings around)
    {
        var map = (MapNode)place.Node;
        var isTyped = kind.Length > "List".Length;
        var entries = Fields.Read(place, findings, fields =>
        {
            fields.Pass("apiVersion", "kind", "metadata");
            return fields.Entries("items");
        }) ?? [];
        foreach (var (index, entry) in entries.Index())
        {
            var lines = index + 1 < entries.Count ? entries[index + 1].Node.Position.Line : around.EndLine;
            Read(entry, new(isTyped ? TextOf(map, "apiVersion") : null, isTyped ? kind[..^"List".Length] : null, lines));
        }
    }

    private void ReadObject(Place place, MapNode map, Surroundings around)
    {
        var apiVersion = TextOf(map, "apiVersion") ?? (map.TryGet("apiVersion", out _) ? null : around.ApiVersion);
        var kind = TextOf(map, "kind") ?? (map.TryGet("kind", out _) ? null : around.Kind);
        if (apiVersion is null || kind is null)
        {
            ReportNoHead(place, map, apiVersion is null ? "apiVersion" : "kind");
            return;
        }

        var (group, version) = DocumentKinds.Split(apiVersion);
        var (use, meant) = DocumentKinds.Find(group, kind);
        var versions = DocumentKinds.VersionsOf(group);
        if (use == KindUse.Skipped)
        {
            Skip(place, group, kind, around.EndLine);
        }
        else if (use != KindUse.Read)
        {
            ReportMisspelt(place, use, group, kind, meant);
        }
        else if (versions.Count > 0 && !versions.Contains(version))
        {
            findings.Error(
                "FLD104", place.Of("apiVersion"), $"is {apiVersion}, a version that is not known", Spelling.Suggest(version, versions));
        }
        else
        {
            documents.Count++;
            Fields.Read(place, findings, fields => ReadWith(_readers[$"{group}/{kind}"], group, version, kind, fields));
        }
    }

    private void ReportNoHead(Place place, MapNode map, string missing)
    {
        if (map.TryGet(missing, out var other))
        {
            findings.Error("DOC006", place.Of(missing), $"must be text, but is {other.Description}");
            return;
        }

        var misspelt = Spelling.Nearest(
            missing, map.Entries.Select(entry => entry.Key).Where(key => key is not ("apiVersion" or "kind")));
        findings.Error("DOC006", place.Of(missing), "is missing", misspelt is null ? "" : $"is \"{misspelt}\" meant to be it?");
    }

    private void ReportMisspelt(Place place, KindUse use, string group, string kind, string meant)
    {
        if (use == KindUse.MisspeltKind)
        {
            findings.Error("FLD104", place.Of("kind"), $"is {kind}, which {group} does not have", $"did you mean \"{meant}\"?");
        }
        else
        {
            findings.Error("FLD104", place.Of("apiVersion"), $"has no group that knows {kind}", $"did you mean \"{meant}\"?");
        }
    }

    private bool ReadWith(Action<DocumentHead, Fields> reader, string group, string version, string kind, Fields fields)
    {
        fields.Pass("apiVersion", "kind", "status");
        var metadata = fields.Object("metadata", Metadata) ?? new("", "default", [], "");
        var head = new DocumentHead
        {
            Group = group,
            Version = version,
            Kind = kind,
            Name = metadata.Name,
            Namespace = metadata.Namespace,
            Labels = metadata.Labels,
            Created = metadata.Created,
            Place = fields.Place,
        };
        if (metadata.Name.Length == 0)
        {
            findings.Error("FLD103", fields.Of("metadata").Of("name"), "is missing", "name the document");
        }
        else if (!_names.Add($"{group}/{kind}/{metadata.Namespace}/{metadata.Name}"))
        {
            findings.Error(
                "REF309", fields.Of("metadata").Of("name"), $"{kind} {metadata.Namespace}/{metadata.Name} is given twice",
                "remove or rename one");
        }

        if (kind == "Namespace")
        {
            fields.Pass("spec");
            reader(head, fields);
            return true;
        }

        if (!fields.Has("spec"))
        {
            fields.Missing("spec", $"say what the {kind} does");
        }

        return fields.Object("spec", spec =>
        {
            reader(head, spec);
            return true;
        });
    }

    private static MetadataOf Metadata(Fields fields)
    {
        fields.Pass(
            "annotations", "clusterName", "creationTimestamp", "deletionGracePeriodSeconds", "deletionTimestamp", "finalizers",
            "generateName",
            "generation", "managedFields", "ownerReferences", "resourceVersion", "selfLink", "uid");
        var created = fields.Place.Of("creationTimestamp").Node is TextNode { Kind: TextKind.Text } text ? text.Value : "";
        return new(fields.Text("name") ?? "", fields.Text("namespace") ?? "default", fields.TextMap("labels"), created);
    }

    // Named once. What is wrong with such a document as YAML concerns nobody.
    private void Skip(Place place, string group, string kind, int endLine)
    {
        var firstLine = place.Path.Length == 0 ? 0 : place.Node.Position.Line;
        _complaints.RemoveAll(each => each.Place.Position.Line >= firstLine && each.Place.Position.Line < endLine);
        if (_skipped.Add($"{group}/{kind}"))
        {
            var name = group.Length == 0 ? kind : $"{kind} ({group})";
            findings.Warning(
                "FLD107", place.Of("kind"),
                $"is {name}, which {DocumentKinds.ReasonFor(group, kind)}; documents of this kind are skipped");
        }
    }

    private static string? TextOf(MapNode map, string key) =>
        map.TryGet(key, out var node) && node is TextNode { Kind: TextKind.Text } text ? text.Value : null;

    /// <summary>What an object is where it does not say so itself, and the line before which it ends.</summary>
    private readonly record struct Surroundings(string? ApiVersion, string? Kind, int EndLine);

    private sealed record MetadataOf(
        string Name, string Namespace, IReadOnlyList<KeyValuePair<string, string>> Labels, string Created);
}

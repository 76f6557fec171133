namespace Parallax.Proxy.Configuration;

/// <summary>Finds out what each document is and has it read.</summary>
/// <remarks>Thread safety: none.</remarks>
internal sealed class DocumentDispatch(DocumentSet documents, Findings findings)
{
    private const string IstioGroup = "networking.istio.io";
    private const string GatewayGroup = KubernetesGatewayReader.Group;

    private static readonly Dictionary<string, string[]> Versions = new(StringComparer.Ordinal)
    {
        [IstioGroup] = ["v1", "v1beta1", "v1alpha3"],
        [GatewayGroup] = ["v1", "v1beta1", "v1alpha2"],
    };

    // Kinds of the same groups that say nothing to a standalone proxy of HTTP.
    private static readonly Dictionary<string, string[]> Others = new(StringComparer.Ordinal)
    {
        [IstioGroup] = ["EnvoyFilter", "Sidecar", "WorkloadGroup", "ProxyConfig"],
        [GatewayGroup] =
        [
            "GatewayClass", "GRPCRoute", "TCPRoute", "TLSRoute", "UDPRoute", "BackendTLSPolicy", "BackendLBPolicy", "ListenerSet",
        ],
    };

    private readonly Dictionary<string, Action<DocumentHead, Fields>> _readers = new(StringComparer.Ordinal)
    {
        [IstioGroup + "/Gateway"] = (head, spec) => documents.IstioGateways.Add(IstioGatewayReader.Read(head, spec)),
        [IstioGroup + "/VirtualService"] = (head, spec) => documents.VirtualServices.Add(VirtualServiceReader.Read(head, spec)),
        [IstioGroup + "/DestinationRule"] = (head, spec) => documents.DestinationRules.Add(DestinationRuleReader.Read(head, spec)),
        [IstioGroup + "/ServiceEntry"] = (head, spec) => documents.ServiceEntries.Add(ServiceEntryReader.Read(head, spec)),
        [IstioGroup + "/WorkloadEntry"] = (head, spec) => documents.WorkloadEntries.Add(ServiceEntryReader.ReadWorkload(head, spec)),
        [GatewayGroup + "/Gateway"] = (head, spec) => documents.KubernetesGateways.Add(KubernetesGatewayReader.Read(head, spec)),
        [GatewayGroup + "/HTTPRoute"] = (head, spec) => documents.HttpRoutes.Add(HttpRouteReader.Read(head, spec)),
        [GatewayGroup + "/ReferenceGrant"] = (head, spec) => documents.ReferenceGrants.Add(KubernetesGatewayReader.ReadGrant(head, spec)),
        ["/Namespace"] = (head, _) => documents.Namespaces.Add(KubernetesGatewayReader.NamespaceOf(head)),
    };

    private readonly HashSet<string> _skipped = new(StringComparer.Ordinal);
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    /// <summary>Reads one document, or the documents of a list.</summary>
    public void Read(Place place)
    {
        if (place.Node is not MapNode map)
        {
            findings.Error(
                "DOC006", place, $"the document is {place.Node.Description}, not a mapping with apiVersion, kind and metadata",
                place.Node is ListNode ? "make each entry a document, with a line of --- between them" : "");
            return;
        }

        if (map.TryGet("kind", out var kind) && kind is TextNode { Value: "List" })
        {
            var list = Fields.Read(place, findings, fields =>
            {
                fields.Pass("apiVersion", "kind", "metadata");
                return fields.Entries("items");
            });
            foreach (var entry in list ?? [])
            {
                Read(entry);
            }

            return;
        }

        ReadObject(place, map);
    }

    private void ReadObject(Place place, MapNode map)
    {
        var apiVersion = TextOf(map, "apiVersion");
        var kind = TextOf(map, "kind");
        if (apiVersion is null || kind is null)
        {
            var missing = apiVersion is null ? "apiVersion" : "kind";
            if (map.TryGet(missing, out var other))
            {
                findings.Error("DOC006", place.Of(missing), $"must be text, but is {other.Description}");
                return;
            }

            var misspelt = Spelling.Nearest(
                missing, map.Entries.Select(entry => entry.Key).Where(key => key is not ("apiVersion" or "kind")));
            findings.Error("DOC006", place.Of(missing), "is missing", misspelt is null ? "" : $"is \"{misspelt}\" meant to be it?");
            return;
        }

        var slash = apiVersion.IndexOf('/', StringComparison.Ordinal);
        var group = slash < 0 ? "" : apiVersion[..slash];
        var version = apiVersion[(slash + 1)..];
        if (!_readers.TryGetValue($"{group}/{kind}", out var reader))
        {
            Skip(place, group, kind);
        }
        else if (Versions.TryGetValue(group, out var known) && !known.Contains(version))
        {
            findings.Error(
                "FLD104", place.Of("apiVersion"), $"is {apiVersion}, a version that is not known", Spelling.Suggest(version, known));
        }
        else
        {
            documents.Count++;
            Fields.Read(place, findings, fields => ReadWith(reader, group, version, kind, fields));
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
            "annotations", "creationTimestamp", "deletionGracePeriodSeconds", "deletionTimestamp", "finalizers", "generateName",
            "generation", "managedFields", "ownerReferences", "resourceVersion", "selfLink", "uid");
        var created = fields.Place.Of("creationTimestamp").Node is TextNode { Kind: TextKind.Text } text ? text.Value : "";
        return new(fields.Text("name") ?? "", fields.Text("namespace") ?? "default", fields.TextMap("labels"), created);
    }

    // Kinds of others are named once; a kind of ours that is misspelt must not pass for one of others.
    private void Skip(Place place, string group, string kind)
    {
        var kinds = _readers.Keys.Select(key => key.Split('/')).ToList();
        if (Versions.ContainsKey(group))
        {
            if (!Others[group].Contains(kind))
            {
                var known = kinds.Where(each => each[0] == group).Select(each => each[1]).ToList();
                findings.Error("FLD104", place.Of("kind"), $"is {kind}, which {group} does not have", Spelling.Suggest(kind, known));
                return;
            }
        }
        else if (kinds.Find(each => each[1] == kind) is { } ours
            && (group.Length == 0 ? ours[0] : Spelling.Nearest(group, Versions.Keys)) is { } nearest)
        {
            findings.Error("FLD104", place.Of("apiVersion"), $"has no group that knows {kind}", $"did you mean \"{nearest}\"?");
            return;
        }

        if (_skipped.Add($"{group}/{kind}"))
        {
            var name = group.Length == 0 ? kind : $"{kind} ({group})";
            findings.Warning("FLD107", place.Of("kind"), $"is {name}, which says nothing to the proxy; documents of this kind are skipped");
        }
    }

    private static string? TextOf(MapNode map, string key) =>
        map.TryGet(key, out var node) && node is TextNode { Kind: TextKind.Text } text ? text.Value : null;

    private sealed record MetadataOf(
        string Name, string Namespace, IReadOnlyList<KeyValuePair<string, string>> Labels, string Created);
}

using Parallax.Documents;
using Parallax.Proxy.Configuration.Clusters;
using Parallax.Proxy.Configuration.Listeners;
using Parallax.Proxy.Configuration.Model;
using Parallax.Proxy.Configuration.Reading;

namespace Parallax.Proxy.Configuration.GatewayApi;

/// <summary>Translates Gateways and HTTPRoutes of the Gateway API into listeners.</summary>
/// <remarks>Thread safety: none; used once.</remarks>
internal sealed class KubernetesTranslation(
    KubernetesDocuments documents, ClusterBuilder clusters, ListenerBuilder listeners, string? tlsFolder, Findings findings)
{
    private readonly ReferenceGrants _grants = new(documents.Grants);
    private readonly List<ServedListener> _served = [];

    /// <summary>Adds everything to the listeners.</summary>
    public void Run()
    {
        foreach (var gateway in documents.Gateways)
        {
            foreach (var listener in gateway.Listeners.Where(each => each.IsServed))
            {
                Declare(gateway, listener);
            }
        }

        var routes = new HttpRoutes(clusters, _grants, findings);
        foreach (var route in documents.Routes)
        {
            Attach(route, [.. routes.Translate(route).Select(each => new RankedRoute(each, route.Head))]);
        }

        foreach (var server in _served.GroupBy(each => each.Draft))
        {
            Publish(server.Key, [.. server]);
        }

        foreach (var gateway in documents.Gateways)
        {
            Block(gateway);
        }
    }

    // What a listener that is left out would have got must not take the routes of one with a wider hostname.
    private void Block(KubernetesGatewayDocument gateway)
    {
        foreach (var listener in gateway.Listeners.Where(each => each.Protocol is "HTTPS" or "TLS"
            && !_served.Exists(served => served.Listener == each)))
        {
            listeners.Find(listeners.Sockets.SocketOf(gateway.Head, listener.Port, null), listener.Port)?.Block(
                listener.Hostname, listener.Place.Position);
        }
    }

    private void Declare(KubernetesGatewayDocument gateway, GatewayListenerDocument listener)
    {
        var certificates = listener.IsTls ? CertificatesOf(gateway, listener) : [];
        if (listener.IsTls && certificates.Count == 0)
        {
            return;
        }

        if (listener is { IsTls: true, Clients: { } clients } && AuthoritiesOf(clients) is null)
        {
            findings.Warning(
                "REF305", clients.Place, $"names authorities of which there are no files; the listener {listener.Name} is not served "
                + "without them", "give --tls-dir DIR with NAME-cacert.crt");
            return;
        }

        var socket = listeners.Sockets.SocketOf(gateway.Head, listener.Port, null);
        var name = $"{gateway.Head.Name}:{listener.Port}";
        if (listeners.For(socket, listener.Port, name, listener.IsTls, listener.Place.Of("port")) is not { } socketDraft)
        {
            return;
        }

        var tls = new ServerTlsConfig
        {
            Certificates = certificates,
            ClientAuthorities = listener.Clients is { } asked ? AuthoritiesOf(asked) : null,
        };
        var draft = listener.IsTls
            ? socketDraft.AddServer($"{name}:{listener.Name}", [listener.Hostname], tls, listener.Place, findings)
            : socketDraft.PlainServer();
        if (draft is not null)
        {
            _served.Add(new(gateway, listener, draft));
        }
    }

    private string? AuthoritiesOf(ClientValidation clients) => clients.Names.Select(
        name => CertificateFiles.FindAuthorities(tlsFolder, name)).FirstOrDefault(file => file is not null);

    // A listener without its certificate is not served, the others are: so the Gateway API has it.
    private List<CertificateConfig> CertificatesOf(KubernetesGatewayDocument gateway, GatewayListenerDocument listener)
    {
        var certificates = new List<CertificateConfig>();
        foreach (var secret in listener.Certificates)
        {
            var problem = secret.Name is null ? "is not a Secret"
                : !_grants.Allow(gateway.Head, "Secret", secret.Name, secret.Namespace)
                    ? $"is in the namespace {secret.Namespace}, which does not grant it"
                : CertificateFiles.Find(tlsFolder, secret.Name) is not { } found ? $"is {secret.Name}, of which there are no files"
                : CertificateFiles.ProblemOf(found.CertificateFile, found.PrivateKeyFile);
            if (problem is null)
            {
                certificates.Add(CertificateFiles.Find(tlsFolder, secret.Name!)!);
            }
            else
            {
                findings.Warning(
                    "REF305", secret.Place, $"{problem}; the listener {listener.Name} is not served without it",
                    $"give --tls-dir DIR with {secret.Name}.crt and {secret.Name}.key");
            }
        }

        return certificates;
    }

    private void Attach(HttpRouteResource route, IReadOnlyList<RankedRoute> ranked)
    {
        if (route.Parents.Count == 0)
        {
            findings.Warning(
                "REF307", route.Head.Place.Of("spec"), "names no Gateway, so nothing is served", "add parentRefs: [{name: GATEWAY}]");
        }

        foreach (var parent in route.Parents)
        {
            if (WhyNotAttached(route, parent, ranked) is { } reason)
            {
                findings.Warning("REF307", parent.Place, $"{reason}, so nothing is served there");
            }
        }
    }

    private string? WhyNotAttached(HttpRouteResource route, ParentReference parent, IReadOnlyList<RankedRoute> ranked)
    {
        var declared = documents.Gateways.Exists(
            each => each.Head.Name == parent.Name && each.Head.Namespace == parent.Namespace);
        if (!declared)
        {
            var known = documents.Gateways.ConvertAll(each => each.Head.Name);
            var nearest = Spelling.Nearest(parent.Name, known);
            return $"is the Gateway {parent.Namespace}/{parent.Name}, which is in none of the files"
                + (nearest is null ? "" : $" (there is {nearest})");
        }

        var named = _served.Where(each => each.Gateway.Head.Name == parent.Name
            && each.Gateway.Head.Namespace == parent.Namespace
            && (parent.Section is null || each.Listener.Name == parent.Section)
            && (parent.Port is null || each.Listener.Port == parent.Port)).ToList();
        var allowed = named.Where(each => each.Listener.TakesHttpRoutes && IsAllowed(each, route.Head.Namespace)).ToList();
        if (allowed.Count == 0)
        {
            return named.Count == 0
                ? $"names no listener of {parent.Name} that is served"
                : $"names listeners of {parent.Name} that do not allow it";
        }

        var attached = 0;
        foreach (var served in allowed)
        {
            var hostnames = route.Hostnames.Count == 0 ? [served.Listener.Hostname] : route.Hostnames
                .Select(host => Hostnames.Intersect(served.Listener.Hostname, host))
                .OfType<string>();
            foreach (var hostname in hostnames.Distinct())
            {
                attached++;
                served.Add(hostname, ranked);
            }
        }

        return attached == 0 ? $"shares no hostname with {parent.Name}" : null;
    }

    private bool IsAllowed(ServedListener served, string inNamespace) => served.Listener.RoutesFrom switch
    {
        "All" => true,
        "Same" => served.Gateway.Head.Namespace == inNamespace,
        "Selector" => served.Listener.Selector.Selects(LabelsOf(inNamespace)),
        _ => false,
    };

    private IReadOnlyList<KeyValuePair<string, string>> LabelsOf(string name) =>
        documents.Namespaces.Find(each => each.Name == name)?.Labels ?? [KeyValuePair.Create("kubernetes.io/metadata.name", name)];

    // In plain text the listener whose hostname fits best owns a request, whatever routes others have for it; with TLS each is a server of
    // its own, and stands here alone.
    private static void Publish(ServerDraft draft, IReadOnlyList<ServedListener> served)
    {
        var owners = served.Select(each => each.Listener.Hostname).Distinct().ToList();
        var byHostname = new Dictionary<string, DistinctRoutes>(StringComparer.Ordinal);
        foreach (var each in served)
        {
            var owner = each.Listener.Hostname;
            var narrower = owners.Where(other => other != owner && Hostnames.Covers(owner, other)).ToList();
            foreach (var (hostname, routes) in each.Routes)
            {
                if (!narrower.Exists(other => Hostnames.Covers(other, hostname)))
                {
                    RoutesAt(hostname).Add(routes.All);
                }
            }

            // What the narrower listener has no routes for must not fall back to the wider one.
            foreach (var other in narrower)
            {
                _ = RoutesAt(other);
            }
        }

        foreach (var (hostname, routes) in byHostname)
        {
            draft.Add(hostname, new(RoutePrecedence.Sort(routes.All), RedirectsToHttps: false));
        }

        DistinctRoutes RoutesAt(string hostname)
        {
            if (!byHostname.TryGetValue(hostname, out var routes))
            {
                routes = new();
                byHostname.Add(hostname, routes);
            }

            return routes;
        }
    }

    /// <summary>A listener that is served, and the routes attached to it by hostname.</summary>
    private sealed class ServedListener(KubernetesGatewayDocument gateway, GatewayListenerDocument listener, ServerDraft draft)
    {
        private readonly Dictionary<string, DistinctRoutes> _routes = new(StringComparer.Ordinal);

        public KubernetesGatewayDocument Gateway => gateway;

        public GatewayListenerDocument Listener => listener;

        public ServerDraft Draft => draft;

        public IEnumerable<KeyValuePair<string, DistinctRoutes>> Routes => _routes;

        public void Add(string hostname, IReadOnlyList<RankedRoute> ranked)
        {
            if (!_routes.TryGetValue(hostname, out var routes))
            {
                routes = new();
                _routes.Add(hostname, routes);
            }

            routes.Add(ranked);
        }
    }

    /// <summary>Routes in the order in which they were added first.</summary>
    private sealed class DistinctRoutes
    {
        private readonly List<RankedRoute> _all = [];
        private readonly HashSet<RankedRoute> _seen = new(ReferenceEqualityComparer.Instance);

        public IReadOnlyList<RankedRoute> All => _all;

        public void Add(IEnumerable<RankedRoute> routes) => _all.AddRange(routes.Where(_seen.Add));
    }
}

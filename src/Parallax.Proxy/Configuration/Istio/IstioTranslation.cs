using Parallax.Documents;
using Parallax.Proxy.Configuration.Clusters;
using Parallax.Proxy.Configuration.Listeners;
using Parallax.Proxy.Configuration.Reading;

namespace Parallax.Proxy.Configuration.Istio;

/// <summary>Translates Gateways and VirtualServices into listeners.</summary>
/// <remarks>Thread safety: none; used once.</remarks>
internal sealed class IstioTranslation(
    IstioDocuments documents, ClusterBuilder clusters, ListenerBuilder listeners, string? tlsFolder, Findings findings)
{
    // What a caller means that names a service without a port.
    private const int MeshPort = 80;

    // Every Gateway by its full name, with the servers of it that can be served.
    private readonly Dictionary<string, List<(GatewayServerDocument Server, ServerDraft Draft)>> _gateways = new(StringComparer.Ordinal);
    private readonly IstioRoutes _routes = new(clusters, findings);
    private readonly HashSet<VirtualServiceDocument> _attachedServices = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<(VirtualServiceDocument, ServerDraft, string)> _attached = [];

    /// <summary>Adds everything to the listeners.</summary>
    public void Run()
    {
        foreach (var gateway in documents.Gateways)
        {
            _gateways.TryAdd(FullName(gateway.Head), []);
            foreach (var server in gateway.Servers.Where(each => each.IsServed))
            {
                Declare(gateway, server);
            }
        }

        var delegation = new Delegation(documents.VirtualServices, findings);
        foreach (var service in delegation.Resolve())
        {
            Attach(service);
        }

        foreach (var service in delegation.Unused)
        {
            Check(service);
        }

        foreach (var gateway in documents.Gateways)
        {
            Block(gateway);
        }

        foreach (var (server, draft) in _gateways.Values.SelectMany(each => each).Where(each => each.Server.Tls.RedirectsToHttps))
        {
            foreach (var host in server.Hosts.Where(host => !draft.Has(host.Pattern)))
            {
                draft.Add(host.Pattern, new([], RedirectsToHttps: true));
            }
        }
    }

    private void Declare(IstioGatewayDocument gateway, GatewayServerDocument server)
    {
        var socket = listeners.Sockets.SocketOf(gateway.Head, server.Port, server.Bind);
        var isTls = server.Tls.Mode is not null;
        var name = $"{gateway.Head.Name}:{server.Port}";
        if (listeners.For(socket, server.Port, name, isTls, server.Place.Of("port")) is { } listener
            && (isTls ? Secured(listener, server, name) : listener.PlainServer()) is { } draft)
        {
            _gateways[FullName(gateway.Head)].Add((server, draft));
        }
    }

    private ServerDraft? Secured(ListenerDraft listener, GatewayServerDocument server, string name)
    {
        var hostnames = server.Hosts.Select(host => host.Pattern).Distinct().ToList();
        name = server.PortName.Length > 0 ? $"{name}:{server.PortName}" : name;
        return GatewayCertificates.Find(server, tlsFolder, findings) is { } tls
            ? listener.AddServer(name, hostnames, tls, server.Place, findings)
            : null;
    }

    // What a server that is left out would have got must not take the routes of one with wider hosts.
    private void Block(IstioGatewayDocument gateway)
    {
        foreach (var server in gateway.Servers.Where(each => each.SpeaksTls
            && !_gateways[FullName(gateway.Head)].Exists(served => served.Server == each)))
        {
            var draft = listeners.Find(listeners.Sockets.SocketOf(gateway.Head, server.Port, server.Bind), server.Port);
            foreach (var host in server.Hosts)
            {
                draft?.Block(host.Pattern, server.Place.Position);
            }
        }
    }

    private void Attach(VirtualServiceDocument service)
    {
        foreach (var name in service.Gateways)
        {
            if (name == GatewayNames.Mesh)
            {
                AttachToMesh(service);
            }
            else
            {
                AttachToGateway(service, name);
            }
        }

        if (!_attachedServices.Contains(service))
        {
            Check(service);
        }
    }

    // What is reached by nobody is checked all the same.
    private void Check(VirtualServiceDocument service) => _ = _routes.Translate(service, gateway: null, MeshPort, isTls: false);

    private void AttachToMesh(VirtualServiceDocument service)
    {
        var socket = listeners.Sockets.SocketOfMesh();
        if (listeners.For(socket, MeshPort, $"{GatewayNames.Mesh}:{MeshPort}", isTls: false, service.Head.Place.Of("spec")) is { } listener)
        {
            var draft = listener.PlainServer();
            var group = new RouteGroup(_routes.Translate(service, GatewayNames.Mesh, MeshPort, isTls: false), false);
            foreach (var host in HostsOf(service))
            {
                Add(service, draft, host, group);
            }
        }
    }

    private void AttachToGateway(VirtualServiceDocument service, string name)
    {
        var full = GatewayNames.InFull(name, service.Head.Namespace);
        if (!_gateways.TryGetValue(full, out var servers))
        {
            ReportUnknown(service, name);
            return;
        }

        var isServed = false;
        foreach (var (server, draft) in servers)
        {
            var group = new RouteGroup(
                _routes.Translate(service, full, draft.Port, draft.IsTls), server.Tls.RedirectsToHttps);
            foreach (var host in HostsOf(service).SelectMany(host => Intersect(server, service, host)).Distinct())
            {
                Add(service, draft, host, group);
                isServed = true;
            }
        }

        if (!isServed)
        {
            findings.Warning(
                "REF307", service.Head.Place.Of("spec").Of("hosts"), $"share no host with the Gateway {name}, so nothing is served there");
        }
    }

    private void Add(VirtualServiceDocument service, ServerDraft draft, string host, RouteGroup group)
    {
        if (_attached.Add((service, draft, host)))
        {
            _ = _attachedServices.Add(service);
            draft.Add(host, group);
        }
    }

    private static IEnumerable<string> Intersect(GatewayServerDocument server, VirtualServiceDocument service, string host) =>
        server.Hosts
            .Where(each => each.Namespace == "*" || each.Namespace == service.Head.Namespace)
            .Select(each => Hostnames.Intersect(each.Pattern, host))
            .OfType<string>();

    // A service of the cluster is called by several names.
    private static IEnumerable<string> HostsOf(VirtualServiceDocument service) => service.Hosts
        .SelectMany(host =>
        {
            var full = Hostnames.Qualify(host, service.Head.Namespace);
            return Hostnames.NamesOf(full).Where(name => name != Hostnames.Short(full) || Hostnames.NamespaceOf(full) is not { } place
                || place == service.Head.Namespace);
        })
        .Distinct();

    private void ReportUnknown(VirtualServiceDocument service, string name)
    {
        var nearest = Spelling.Nearest(name, documents.Gateways.ConvertAll(each => each.Head.Name));
        var index = service.Gateways.ToList().IndexOf(name);
        var place = service.Head.Place.Of("spec").Of("gateways").At(index);
        findings.Warning(
            "REF301", place, $"is {name}, a Gateway that is in none of the files, so nothing is served there",
            nearest is null ? "add the Gateway's file" : $"did you mean \"{nearest}\"?");
    }

    private static string FullName(DocumentHead head) => $"{head.Namespace}/{head.Name}";
}

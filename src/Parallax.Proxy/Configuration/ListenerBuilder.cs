using System.Net;

namespace Parallax.Proxy.Configuration;

/// <summary>Routes that stand together under some hostnames.</summary>
/// <param name="Routes">The routes, in their order.</param>
/// <param name="RedirectsToHttps">Whether everything is redirected to https instead.</param>
internal sealed record RouteGroup(IReadOnlyList<RouteConfig> Routes, bool RedirectsToHttps);

/// <summary>A socket while documents are still being read into it.</summary>
/// <remarks>Thread safety: none.</remarks>
internal sealed class ListenerDraft(IPEndPoint address, int port, Place place, bool isTls)
{
    private readonly List<string> _names = [];
    private readonly List<CertificateConfig> _certificates = [];
    private readonly Dictionary<string, List<RouteGroup>> _groups = new(StringComparer.Ordinal);

    /// <summary>Where it listens.</summary>
    public IPEndPoint Address => address;

    /// <summary>The port the documents name.</summary>
    public int Port => port;

    /// <summary>Where it was declared first.</summary>
    public Place Place => place;

    /// <summary>Whether it speaks TLS.</summary>
    public bool IsTls => isTls;

    /// <summary>The authorities of clients' certificates.</summary>
    public string? ClientAuthorities { get; set; }

    /// <summary>Adds one of the things it belongs to.</summary>
    public void AddName(string name)
    {
        if (!_names.Contains(name))
        {
            _names.Add(name);
        }
    }

    /// <summary>Adds a certificate for some server names.</summary>
    public void AddCertificate(CertificateConfig certificate) => _certificates.Add(certificate);

    /// <summary>True when there are routes, or the deliberate lack of them, for a hostname.</summary>
    public bool Has(string hostname) => _groups.ContainsKey(hostname);

    /// <summary>Adds routes to a hostname.</summary>
    public void Add(string hostname, RouteGroup group)
    {
        if (_groups.TryGetValue(hostname, out var groups))
        {
            groups.Add(group);
        }
        else
        {
            _groups.Add(hostname, [group]);
        }
    }

    /// <summary>Answers a hostname 500 that belongs to something left out, where one with wider hostnames would have its
    /// requests.</summary>
    /// <param name="hostname">The hostname.</param>
    /// <param name="origin">What is left out.</param>
    public void Block(string hostname, SourcePosition origin)
    {
        if (!Has(hostname) && _groups.Keys.Any(other => Hostnames.Covers(other, hostname)))
        {
            Add(hostname, new([RouteConfig.Unusable("left-out", origin)], RedirectsToHttps: false));
        }
    }

    /// <summary>The finished listener.</summary>
    public ListenerConfig Build() => new()
    {
        Name = string.Join(',', _names),
        Port = port,
        Address = address,
        Tls = isTls ? new() { Certificates = _certificates, ClientAuthorities = ClientAuthorities } : null,
        VirtualHosts = [.. _groups
            .GroupBy(each => string.Join(',', each.Value.Select(group => GroupNumber(group))))
            .Select(alike => new VirtualHostConfig
            {
                Hostnames = [.. alike.Select(each => each.Key)],
                RedirectsToHttps = alike.First().Value.Exists(group => group.RedirectsToHttps),
                Routes = RoutesOf(alike.First().Value),
            })],
    };

    /// <summary>True when a listener can be made of it: with TLS it needs a certificate.</summary>
    public bool IsUsable => !isTls || _certificates.Count > 0;

    /// <summary>True for a route that every request matches.</summary>
    public static bool IsCatchAll(RouteConfig route) => route.Matches.Count == 0 || route.Matches.Any(MatchReader.IsCatchAll);

    // By identity: groups are equal only when they are the same.
    private readonly Dictionary<RouteGroup, int> _numbers = new(ReferenceEqualityComparer.Instance);

    private int GroupNumber(RouteGroup group)
    {
        _numbers.TryAdd(group, _numbers.Count);
        return _numbers[group];
    }

    // Where several documents serve one host, what matches everything goes to the end, as in Istio: else the order of files would hide
    // routes.
    private static List<RouteConfig> RoutesOf(List<RouteGroup> groups)
    {
        var routes = groups.SelectMany(group => group.Routes).ToList();
        return groups.Count == 1 ? routes : [.. routes.Where(route => !IsCatchAll(route)), .. routes.Where(IsCatchAll)];
    }
}

/// <summary>Collects sockets; what is declared for the same address and port becomes one.</summary>
/// <remarks>Thread safety: none.</remarks>
internal sealed class ListenerBuilder(Findings findings)
{
    private readonly List<ListenerDraft> _drafts = [];

    /// <summary>The listeners, in the order of their first declaration.</summary>
    public IReadOnlyList<ListenerConfig> Build() => [.. _drafts.Where(draft => draft.IsUsable).Select(draft => draft.Build())];

    /// <summary>The draft that is there for a socket; null when there is none.</summary>
    public ListenerDraft? Find(IPEndPoint address, int port) =>
        _drafts.Find(each => each.Address.Equals(address) && (address.Port != 0 || each.Port == port));

    /// <summary>The draft of a socket.</summary>
    /// <param name="address">The socket. Port 0 is a socket of its own for each declared port.</param>
    /// <param name="port">The declared port.</param>
    /// <param name="name">What it belongs to.</param>
    /// <param name="isTls">Whether TLS is spoken there.</param>
    /// <param name="place">Where it is declared.</param>
    /// <returns>Null when something else was declared for the socket, which is reported.</returns>
    public ListenerDraft? For(IPEndPoint address, int port, string name, bool isTls, Place place)
    {
        var draft = Find(address, port);
        if (draft is not null && (draft.Port != port || draft.IsTls != isTls))
        {
            const string remedy = "give one of them another socket with --listen";
            var already = $"of {draft.Place.Position} listens already";
            if (draft.Port != port)
            {
                findings.Error("REF306", place, $"is to listen at {address}, where declared port {draft.Port} {already}", remedy);
            }
            else
            {
                // Documents that are at odds with each other can stand in a cluster: the later one is not served there.
                findings.Warning(
                    "REF306", place,
                    $"is left out: it is to listen at {address}, where {(draft.IsTls ? "HTTPS" : "HTTP")} {already}", remedy);
            }

            return null;
        }

        if (draft is null)
        {
            draft = new(address, port, place, isTls);
            _drafts.Add(draft);
        }

        draft.AddName(name);
        return draft;
    }
}

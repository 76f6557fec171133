using System.Buffers;
using Parallax.Proxy.Routing;
using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Rewriting;
using Parallax.Wire.Http1;

namespace Parallax.Proxy.Forwarding;

/// <summary>The request at hand, as the client sent it, with what is found out about it before it is sent on.</summary>
/// <remarks>Thread safety: belongs to the loop's thread.</remarks>
internal sealed class ClientRequest(ProxyWorker worker, ClientConnection client)
{
    // What nginx logs of a client that closed before it was answered; no client ever sees it.
    private const int ClientGoneStatus = 499;

    private readonly RequestId _id = new();
    private ArrayBufferWriter<byte>? _lines;
    private HeadFacts? _facts;

    /// <summary>What is kept of its octets.</summary>
    public HeldRequest Held { get; } = new(worker.Options.MaxRetryBytes);

    /// <summary>What it says.</summary>
    public MessageHead Head => client.Machine.Head;

    /// <summary>When its head was there, by the loop's time.</summary>
    public long BeganAt { get; private set; }

    /// <summary>Its route.</summary>
    public RouteHit Hit { get; private set; }

    /// <summary>True when it asks for a tunnel that is allowed, see <see cref="AllowedUpgrades"/>.</summary>
    public bool IsTunnel { get; private set; }

    /// <summary>True when it is a shadow of ours.</summary>
    public bool IsShadow { get; private set; }

    /// <summary>True when its path is none that a server could take: it is answered 400.</summary>
    public bool HasInvalidPath { get; private set; }

    /// <summary>True when all of it was read.</summary>
    public bool IsWhole => client.Machine.IsWhole;

    /// <summary>True when it has a body.</summary>
    public bool HasBody => client.Machine.HasBody;

    /// <summary>The request as routing sees it.</summary>
    public RoutedRequest Routed => new()
    {
        Head = Head,
        Octets = Held.Head,
        Scratch = worker.Scratch,
        Client = client.Addresses.Remote.Address,
        IsTls = client.Server.Listener.IsTls,
        IsTrusted = worker.Options.TrustsClients,
    };

    /// <summary>What is written into heads besides.</summary>
    public HeadInputs Inputs => new()
    {
        ClientAddress = client.Addresses.Text,
        OwnAddress = client.Addresses.OwnText,
        RequestId = _id.Octets,
        IsTls = client.Server.Listener.IsTls,
        IsTrusted = worker.Options.TrustsClients,
        IsShadow = IsShadow,
        ClientCertificate = client.Server.ClientCertificate,
        MatchedPrefix = Hit.MatchedPrefix,
        IsUpgrade = IsTunnel && Head.KnownMethod != KnownMethod.Connect,
        Facts = Facts,
    };

    /// <summary>What header values may tell of it; null when the route has none that depend on it.</summary>
    public HeadFacts? Facts => Hit.Route is { HasTemplates: true } ? KnownFacts() : null;

    /// <summary>Where it is sent; for <see cref="Facts"/>.</summary>
    public ClusterEndpoint? Upstream { get; set; }

    /// <summary>The listener's port as the documents name it.</summary>
    public int ListenerPort => client.Server.Listener.Table.Config.Port;

    /// <summary>Header lines its response gains, each with its CRLF.</summary>
    public ReadOnlySpan<byte> ResponseLines => _lines is { } lines ? lines.WrittenSpan : [];

    /// <summary>The route's changes to the headers of an answer that the proxy gives itself; null for none.</summary>
    public IReadOnlyList<HeaderEdit>? ResponseEdits(int status) => Hit.Route is { HasTemplates: true } route
        ? HeaderEditLists.Resolve(route.Config.ResponseHeaders, status, Inputs, worker.Scratch)
        : Hit.Route?.Config.ResponseHeaders;

    /// <summary>Takes lines for <see cref="ResponseLines"/>.</summary>
    public IBufferWriter<byte> AddLines() => _lines ??= new ArrayBufferWriter<byte>();

    /// <summary>What belongs to its copies.</summary>
    public RequestContext NewContext() => new(worker.NextExchangeId(), client.Number, client.Addresses.Remote, worker.Loop.Now);

    /// <summary>Takes a request over and looks its route up.</summary>
    /// <param name="octets">The head's octets; copied.</param>
    public void Begin(ReadOnlySpan<byte> octets)
    {
        BeganAt = worker.Loop.Now;
        _lines?.ResetWrittenCount();
        _facts?.StartedAt = null;
        Upstream = null;
        Held.Begin(octets);
        _id.Begin(Head, octets, worker.Random);
        HasInvalidPath = !TryNormalizePath();
        IsTunnel = Head.KnownMethod == KnownMethod.Connect
            ? worker.Options.Upgrades.AllowsConnect
            : worker.Options.Upgrades.Allow(Head, Held.Head);
        IsShadow = worker.Options.Mark.Made(Head, Held.Head);
        Hit = client.Server.Find(Routed);
        HasInvalidPath |= Hit.Route is { } route && worker.Options.Paths != PathNormalization.None
            && route.LeavesDots(Head, Held.Head, Hit.MatchedPrefix);
    }

    /// <summary>True when a 101 agrees to what the request asks for and is allowed: what follows any other would pass every route and
    /// mirror.</summary>
    /// <param name="head">The head of the 101.</param>
    /// <param name="octets">The octets it was read from.</param>
    public bool MayChangeTo(MessageHead head, ReadOnlySpan<byte> octets) => IsTunnel && worker.Options.Upgrades.Allow(head, octets);

    // Routes, copies, the log and the primary all see the path that is left.
    private bool TryNormalizePath()
    {
        var level = worker.Options.Paths;
        var path = TargetParts.Of(Head, Held.Head).Path;
        var octets = Held.MutableHead.Slice(path.Start, path.Length);
        if (octets.IsEmpty || octets[0] != (byte)'/' || PathNormalizer.IsNormal(octets, level))
        {
            return true;
        }

        var isValid = PathNormalizer.TryNormalize(octets, level, out var length);
        if (isValid && length < path.Length)
        {
            Held.CutHead(path.Start + length, path.Length - length);
            Head.CutTarget(path.Start + length, path.Length - length);
        }

        return isValid;
    }

    /// <summary>Tells that it is over.</summary>
    public void Report(ResponseRelay response, PrimaryTries tries, int copies, BreakReason broken) =>
        worker.Options.Observer?.Invoke(new AccessEntry(Head, Held.Head)
        {
            RequestId = _id.Octets,
            Client = client.Addresses.Remote,
            Status = response.Status == 0 && broken == BreakReason.ClientGone ? ClientGoneStatus : response.Status,
            Break = broken,
            Local = response.Reason,
            RequestOctets = client.Machine.BodyOctets,
            ResponseOctets = response.Octets,
            Duration = worker.Loop.Now - BeganAt,
            Route = Hit.Route?.Config.Name,
            Cluster = tries.Leg.Cluster?.Config.Name,
            Endpoint = tries.Leg.Endpoint?.Address,
            Retries = tries.Retries,
            Copies = copies,
        });

    private HeadFacts KnownFacts()
    {
        _facts ??= new HeadFacts { Client = client.Addresses.Remote, Local = client.Addresses.Local };
        _facts.Upstream = Upstream is { } endpoint ? Endpoint.From(endpoint.Address) : null;
        _facts.StartedAt ??= worker.Options.Clock.GetUtcNow().AddTicks(-(worker.Loop.Now - BeganAt) / TimeSpan.NanosecondsPerTick);
        _facts.Request = Head;
        _facts.RequestOctets = Held.HeadMemory;
        return _facts;
    }
}

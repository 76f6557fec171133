using System.Buffers;
using Parallax.Proxy.Bounds;
using Parallax.Proxy.Routing;
using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Rewriting;
using Parallax.Wire.Http1;

namespace Parallax.Proxy.Requests;

/// <summary>The request at hand, as the client sent it, with what is found out about it before it is sent on.</summary>
/// <remarks>Thread safety: belongs to the loop's thread.</remarks>
internal sealed class ClientRequest(
    LoopContext context, ServerMachine machine, ClientAddresses addresses, ChosenServer server, long session)
{
    private readonly RequestId _id = new();
    private ArrayBufferWriter<byte>? _lines;
    private HeadFacts? _facts;
    private long _number;

    /// <summary>What is kept of its octets.</summary>
    public RequestBuffer Buffer { get; } = new(context.Options.MaxRetryBytes);

    /// <summary>What it says.</summary>
    public MessageHead Head => machine.Head;

    /// <summary>When its head was there, by the loop's time.</summary>
    public long BeganAt { get; private set; }

    /// <summary>Time since then.</summary>
    public TimeSpan Age => TimeSpan.FromTicks((context.Loop.Now - BeganAt) / TimeSpan.NanosecondsPerTick);

    /// <summary>Its route.</summary>
    public RouteHit Hit { get; private set; }

    /// <summary>True when it asks for a tunnel that is allowed, see <see cref="AllowedUpgrades"/>.</summary>
    public bool IsTunnel { get; private set; }

    /// <summary>True when it is a shadow of ours.</summary>
    public bool IsShadow { get; private set; }

    /// <summary>True when its path is none that a server could take: it is answered 400.</summary>
    public bool HasInvalidPath { get; private set; }

    /// <summary>True when it was read to its end.</summary>
    public bool IsWhole => machine.IsWhole;

    /// <summary>True when it has a body, even an empty one.</summary>
    public bool HasBody => machine.HasBody;

    /// <summary>True when octets of its body came.</summary>
    public bool HasBodyBegun => machine.HasBodyBegun;

    /// <summary>Octets of its body so far, without framing.</summary>
    public long BodyOctets => machine.BodyOctets;

    /// <summary>Its id, see <see cref="RequestId"/>.</summary>
    public ReadOnlySpan<byte> Id => _id.Octets;

    /// <summary>The client's end.</summary>
    public Endpoint Client => addresses.Remote;

    /// <summary>The request as routing sees it.</summary>
    public RoutedRequest Routed => new()
    {
        Head = Head,
        Octets = Buffer.Head,
        Scratch = context.Scratch,
        Client = addresses.Remote.Address,
        IsTls = server.Listener.IsTls,
        IsTrusted = context.Options.TrustsClients,
    };

    /// <summary>What is written into heads besides.</summary>
    public HeadInputs Inputs => new()
    {
        ClientAddress = addresses.Text,
        OwnAddress = addresses.OwnText,
        RequestId = _id.Octets,
        IsTls = server.Listener.IsTls,
        IsTrusted = context.Options.TrustsClients,
        IsShadow = IsShadow,
        ClientCertificate = server.ClientCertificate,
        MatchedPrefix = Hit.MatchedPrefix,
        IsUpgrade = IsTunnel && Head.KnownMethod != KnownMethod.Connect,
        Facts = Facts,
    };

    /// <summary>What header values may tell of it; null when the route has none that depend on it.</summary>
    public HeadFacts? Facts => Hit.Route is { HasTemplates: true } ? KnownFacts() : null;

    /// <summary>Where it is sent; for <see cref="Facts"/>.</summary>
    public ClusterEndpoint? Upstream { get; set; }

    /// <summary>The listener's port as the documents name it.</summary>
    public int ListenerPort => server.Listener.Table.Config.Port;

    /// <summary>Header lines its response gains, each with its CRLF.</summary>
    public ReadOnlySpan<byte> ResponseLines => _lines is { } lines ? lines.WrittenSpan : [];

    /// <summary>The route's changes to the headers of an answer that the proxy gives itself; null for none.</summary>
    public IReadOnlyList<HeaderEdit>? ResponseEdits(int status) => Hit.Route is { HasTemplates: true } route
        ? HeaderEditLists.Resolve(route.Config.ResponseHeaders, status, Inputs, context.Scratch)
        : Hit.Route?.Config.ResponseHeaders;

    /// <summary>Takes lines for <see cref="ResponseLines"/>.</summary>
    public IBufferWriter<byte> AddLines() => _lines ??= new ArrayBufferWriter<byte>();

    /// <summary>Its identity, for copies and recordings.</summary>
    public RequestContext Context => new(_number, session, addresses.Remote, context.Loop.Now);

    /// <summary>Takes a request over and looks its route up.</summary>
    /// <param name="octets">The head's octets; copied.</param>
    public void Begin(ReadOnlySpan<byte> octets)
    {
        BeganAt = context.Loop.Now;
        _number = context.NextId();
        _lines?.ResetWrittenCount();
        _facts?.StartedAt = null;
        Upstream = null;
        Buffer.Begin(octets);
        _id.Begin(Head, octets, context.Random);
        HasInvalidPath = !TryNormalizePath();
        IsTunnel = Head.KnownMethod == KnownMethod.Connect
            ? context.Options.Upgrades.AllowsConnect
            : context.Options.Upgrades.Allow(Head, Buffer.Head);
        IsShadow = context.Options.Mark.Made(Head, Buffer.Head);
        Hit = server.Find(Routed);
        HasInvalidPath |= Hit.Route is { } route && context.Options.Paths != PathNormalization.None
            && route.LeavesDots(Head, Buffer.Head, Hit.MatchedPrefix);
    }

    /// <summary>True when a 101 agrees to what the request asks for and is allowed: what follows any other would pass every route and
    /// mirror.</summary>
    /// <param name="head">The head of the 101.</param>
    /// <param name="octets">The octets it was read from.</param>
    public bool MayChangeTo(MessageHead head, ReadOnlySpan<byte> octets) => IsTunnel && context.Options.Upgrades.Allow(head, octets);

    // Routes, copies, the log and the primary all see the path that is left.
    private bool TryNormalizePath()
    {
        var level = context.Options.Paths;
        var path = TargetParts.Of(Head, Buffer.Head).Path;
        var octets = Buffer.MutableHead.Slice(path.Start, path.Length);
        if (octets.IsEmpty || octets[0] != (byte)'/' || PathNormalizer.IsNormal(octets, level))
        {
            return true;
        }

        var isValid = PathNormalizer.TryNormalize(octets, level, out var length);
        if (isValid && length < path.Length)
        {
            Buffer.CutHead(path.Start + length, path.Length - length);
            Head.CutTarget(path.Start + length, path.Length - length);
        }

        return isValid;
    }

    private HeadFacts KnownFacts()
    {
        _facts ??= new HeadFacts { Client = addresses.Remote, Local = addresses.Local };
        _facts.Upstream = Upstream is { } endpoint ? Endpoint.From(endpoint.Address) : null;
        _facts.StartedAt ??= context.Options.Clock.GetUtcNow().AddTicks(-(context.Loop.Now - BeganAt) / TimeSpan.NanosecondsPerTick);
        _facts.Request = Head;
        _facts.RequestOctets = Buffer.HeadMemory;
        return _facts;
    }
}

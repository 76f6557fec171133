using Parallax.Traffic.Queues;
using Parallax.Wire;

namespace Parallax.Traffic.Exchanges;

/// <summary>What exchanges add up to: counts, sizes, status and latency, in all and by endpoint.</summary>
/// <remarks>Memory: at most <see cref="MaxEndpoints"/> endpoints are told apart. Thread safety: one thread adds; read after it.</remarks>
public sealed class TrafficSummary
{
    /// <summary>Endpoints told apart; exchanges of further ones are counted under <see cref="OtherEndpoints"/>.</summary>
    public const int MaxEndpoints = 500;

    /// <summary>The name of what is counted together.</summary>
    public const string OtherEndpoints = "(other endpoints)";

    private const string UnknownRequest = "(request not seen)";

    private readonly Dictionary<string, EndpointSummary> _endpoints = [];
    private readonly Dictionary<string, EndpointSummary>.AlternateLookup<ReadOnlySpan<char>> _byName;

    /// <summary>An empty summary.</summary>
    public TrafficSummary() => _byName = _endpoints.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Everything together.</summary>
    public EndpointSummary All { get; } = new("all");

    /// <summary>Exchanges added.</summary>
    public long Exchanges => All.Exchanges;

    /// <summary>When the first request began, or response where no request was seen.</summary>
    public Timestamp First { get; private set; }

    /// <summary>When the last message ended.</summary>
    public Timestamp Last { get; private set; }

    /// <summary>The endpoints, the busiest first.</summary>
    public IReadOnlyList<EndpointSummary> Endpoints =>
        [.. _endpoints.Values.OrderByDescending(each => each.Exchanges).ThenBy(each => each.Name, StringComparer.Ordinal)];

    /// <summary>Adds an exchange; keeps nothing of it.</summary>
    public void Add(Exchange exchange)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        foreach (var message in (ReadOnlySpan<Message?>)[exchange.Request, exchange.Response])
        {
            if (message is not null)
            {
                First = First.IsKnown && First < message.FirstOctetAt ? First : message.FirstOctetAt;
                Last = Last > message.LastOctetAt ? Last : message.LastOctetAt;
            }
        }

        All.Add(exchange);
        EndpointOf(exchange).Add(exchange);
    }

    private EndpointSummary EndpointOf(Exchange exchange)
    {
        Span<char> name = stackalloc char[EndpointName.MaxLength];
        var known = exchange.Request is { HeadOctets.IsEmpty: false } request;
        var length = known ? EndpointName.Write(exchange.Request!, name) : 0;
        return known ? EndpointOf(name[..length]) : EndpointOf(UnknownRequest);
    }

    private EndpointSummary EndpointOf(ReadOnlySpan<char> name)
    {
        if (_byName.TryGetValue(name, out var endpoint))
        {
            return endpoint;
        }

        var text = _endpoints.Count < MaxEndpoints ? name.ToString() : OtherEndpoints;
        return _endpoints.TryGetValue(text, out endpoint) ? endpoint : _endpoints[text] = new(text);
    }
}

/// <summary>What the exchanges of one endpoint add up to.</summary>
/// <remarks>Thread safety: as <see cref="TrafficSummary"/>.</remarks>
public sealed class EndpointSummary
{
    private const int StatusClasses = 10;

    private readonly long[] _byClass = new long[StatusClasses];

    internal EndpointSummary(string name) => Name = name;

    /// <summary>Method and path template.</summary>
    public string Name { get; }

    /// <summary>Exchanges.</summary>
    public long Exchanges { get; private set; }

    /// <summary>Those of which something was not seen: a message incomplete or missing.</summary>
    public long Incomplete { get; private set; }

    /// <summary>Content octets of requests.</summary>
    public long RequestOctets { get; private set; }

    /// <summary>Content octets of responses.</summary>
    public long ResponseOctets { get; private set; }

    /// <summary>Responses by the first digit of their status.</summary>
    public IReadOnlyList<long> ByClass => _byClass;

    /// <summary>Time from the last octet of a request to the first of its response, as captured.</summary>
    public LatencyHistogram Latency { get; } = new();

    internal void Add(Exchange exchange)
    {
        Exchanges++;
        Incomplete += exchange.Request is null or { IsIncomplete: true } || exchange.Response is null or { IsIncomplete: true } ? 1 : 0;
        RequestOctets += exchange.Request?.BodyOctets ?? 0;
        if (exchange.Response is not { } response)
        {
            return;
        }

        ResponseOctets += response.BodyOctets;
        _byClass[Math.Clamp(response.Head.StatusCode / 100, 0, StatusClasses - 1)]++;
        if (exchange.Request is { } request)
        {
            Latency.Record(Math.Max(0, response.FirstOctetAt.Since(request.LastOctetAt)));
        }
    }
}

using Parallax.Shadows.Delivery;
using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Queues;
using Parallax.Wire.Http1;

namespace Parallax.Proxy.Accounts;

/// <summary>Receives every request that is over.</summary>
/// <remarks>Called on the loop of the client's connection; it must neither block nor throw.</remarks>
public delegate void AccessObserver(in AccessEntry entry);

/// <summary>Receives every copy that is over, or was dropped.</summary>
/// <remarks>Called on the loop of the shadow's connection; it must neither block nor throw.</remarks>
public delegate void CopyObserver(in CopyEntry entry);

/// <summary>A request that is over.</summary>
/// <remarks>A stack-only view, valid during the call.</remarks>
public readonly ref struct AccessEntry
{
    private readonly MessageHead? _head;
    private readonly ReadOnlySpan<byte> _octets;

    internal AccessEntry(MessageHead head, ReadOnlySpan<byte> octets)
    {
        _head = head;
        _octets = octets;
        Method = head.Method.Of(octets);
        Target = head.Target.Of(octets);
        Authority = head.Host.Of(octets);
        VersionMinor = head.VersionMinor;
    }

    /// <summary>The method as the client wrote it; empty when what came was not understood that far.</summary>
    public ReadOnlySpan<byte> Method { get; init; }

    /// <summary>The target as the client wrote it; empty when what came was not understood that far.</summary>
    public ReadOnlySpan<byte> Target { get; init; }

    /// <summary>The authority as the client wrote it; empty when there is none. Of a connection without a request: the server name its TLS
    /// handshake asked for.</summary>
    public ReadOnlySpan<byte> Authority { get; init; }

    /// <summary>The minor version of HTTP.</summary>
    public int VersionMinor { get; }

    /// <summary>The request's id: the one it brought, or the one it was given.</summary>
    public ReadOnlySpan<byte> RequestId { get; init; }

    /// <summary>The client's end.</summary>
    public Endpoint Client { get; init; }

    /// <summary>The status of the response; 499 when the client left before there was one, 0 when none was sent for another
    /// reason.</summary>
    public int Status { get; init; }

    /// <summary>Why there is no whole response; none when there is one.</summary>
    public BreakReason Break { get; init; }

    /// <summary>Why the proxy answered itself; none when it did not.</summary>
    public LocalReason Local { get; init; }

    /// <summary>Why it was refused before its head was understood, a name that never changes; null when it was understood.</summary>
    public string? Refusal { get; init; }

    /// <summary>True when the response was broken off.</summary>
    public bool IsBroken => Break != BreakReason.None;

    /// <summary>The name of what went wrong, or of why the proxy answered itself; null when the primary's response was passed on
    /// whole.</summary>
    public string? Reason => Refusal
        ?? (Break != BreakReason.None ? BreakReasons.NameOf(Break) : Local != LocalReason.None ? LocalReasons.NameOf(Local) : null);

    /// <summary>Octets of the request's body.</summary>
    public long RequestOctets { get; init; }

    /// <summary>Octets of the response's body, as they were sent to the client.</summary>
    public long ResponseOctets { get; init; }

    /// <summary>From the request's head to its end, in nanoseconds.</summary>
    public long Duration { get; init; }

    /// <summary>The route's name; null when there was none.</summary>
    public string? Route { get; init; }

    /// <summary>The cluster's name; null when the proxy answered itself.</summary>
    public string? Cluster { get; init; }

    /// <summary>The endpoint; null when the proxy answered itself.</summary>
    public System.Net.IPEndPoint? Endpoint { get; init; }

    /// <summary>Attempts beyond the first.</summary>
    public int Retries { get; init; }

    /// <summary>Copies made.</summary>
    public int Copies { get; init; }

    /// <summary>The value of a header of the request; empty when there is none.</summary>
    /// <param name="name">Its name in US-ASCII.</param>
    public ReadOnlySpan<byte> ValueOf(ReadOnlySpan<byte> name) =>
        _head is not null && _head.TryFind(_octets, name, out var value) ? value.Of(_octets) : [];
}

/// <summary>A copy that is over.</summary>
/// <param name="RequestId">The id of the request it was made from.</param>
/// <param name="Cluster">The name of the mirror's cluster.</param>
/// <param name="Target">The endpoint's address.</param>
/// <param name="Outcome">What became of it; the default when it was refused.</param>
/// <param name="Drop">Why it was refused; <see cref="DropReason.None"/> when it was not.</param>
public readonly record struct CopyEntry(string RequestId, string Cluster, string Target, ShadowOutcome Outcome, DropReason Drop);

namespace Parallax.Traffic.Exchanges;

/// <summary>What a shadow needs to know about a request besides its octets. A request is copied when it is complete, before its response
/// exists, so this is all there is of the exchange by then.</summary>
/// <param name="ExchangeId">The exchange the request belongs to; outcomes name it, so that comparison can pair them.</param>
/// <param name="Session">The captured connection: its flow's number. Requests of one session keep their order where sessions are
/// kept.</param>
/// <param name="Client">The end that sent the request.</param>
/// <param name="ArrivedAt">When the last octets of the request reached this machine, in nanoseconds of the
/// clock of the loop that sends it (not the packet's time stamp, which is another clock); 0 when not known.</param>
/// <remarks>Thread safety: an immutable value.</remarks>
public readonly record struct RequestContext(long ExchangeId, long Session, Endpoint Client, long ArrivedAt);

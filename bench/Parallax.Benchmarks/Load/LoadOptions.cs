namespace Parallax.Benchmarks.Load;

/// <summary>What the traffic looks like.</summary>
internal sealed record LoadOptions
{
    /// <summary>Connections open at once.</summary>
    public int Connections { get; init; } = 256;

    /// <summary>Packets a connection gives before it is the next one's turn.</summary>
    public int PacketsPerTurn { get; init; } = 1;

    /// <summary>Exchanges before a connection is closed and its successor opened.</summary>
    public int ExchangesPerConnection { get; init; } = 100;

    /// <summary>Requests that are a POST of 1 KiB, head and body in a segment each; the others are GETs of 200 octets.</summary>
    public int PostPercent { get; init; } = 20;

    /// <summary>POSTs whose two segments are seen in the wrong order.</summary>
    public int SwapPercent { get; init; } = 1;

    /// <summary>Decides the choices, and the addresses: two loads of different seeds have no connection in common.</summary>
    public int Seed { get; init; } = 1;
}

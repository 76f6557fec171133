namespace Parallax.Benchmarks.Load;

/// <summary>The packets of many connections, interleaved: each connection in turn gives its next one.</summary>
internal sealed class PacketLoad
{
    /// <summary>Octets that any frame of the load fits in, outer headers included.</summary>
    public const int MaxFrameBytes = 2048;

    private readonly SimulatedConnection[] _connections;
    private readonly int _packetsPerTurn;

    public PacketLoad(LoadOptions options)
    {
        _connections = [.. Enumerable.Range(0, options.Connections).Select(index => new SimulatedConnection(options, index))];
        _packetsPerTurn = options.PacketsPerTurn;
    }

    public long Packets { get; private set; }

    public long Requests => _connections.Sum(connection => connection.Requests);

    /// <summary>The next segment; valid until the next call.</summary>
    /// <param name="now">Nanoseconds since the Unix epoch.</param>
    public Segment Next(long now)
    {
        var turn = Packets / _packetsPerTurn;
        return _connections[turn % _connections.Length].Next(Packets++, now);
    }
}

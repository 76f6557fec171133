namespace Parallax.Reactor.Connections;

/// <summary>Stands in until an accepted connection has its handler.</summary>
/// <remarks>Thread safety: has no state.</remarks>
internal sealed class NoHandler : ConnectionHandler
{
    public static NoHandler Instance { get; } = new();

    public override int OnReceived(Connection connection, ReadOnlySpan<byte> octets) => 0;
}

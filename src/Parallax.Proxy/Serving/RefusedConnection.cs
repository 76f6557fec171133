using Parallax.Reactor.Connections;

namespace Parallax.Proxy.Serving;

/// <summary>The handler of a connection that is closed as soon as it is accepted.</summary>
/// <remarks>Thread safety: any loop's thread.</remarks>
internal sealed class RefusedConnection : ConnectionHandler
{
    /// <summary>The only one there needs to be.</summary>
    public static RefusedConnection Instance { get; } = new();

    /// <inheritdoc/>
    public override int OnReceived(Connection connection, ReadOnlySpan<byte> octets) => octets.Length;
}

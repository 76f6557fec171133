using Parallax.Reactor.Connections;

namespace Parallax.Cli.Admin;

/// <summary>Bounds the connections of a port that is a loop's only one, so that who asks much there takes no descriptor from traffic.
/// </summary>
/// <remarks>Thread safety: belongs to the loop's thread.</remarks>
internal static class VisitorBound
{
    private const int MaxVisitors = 16;

    /// <summary>Closes a connection at once when there are many already.</summary>
    /// <returns>The handler.</returns>
    public static ConnectionHandler Accept(Connection connection, ConnectionHandler handler)
    {
        // It is counted itself.
        if (connection.Loop.Counters.OpenConnections > MaxVisitors)
        {
            connection.Abort();
        }

        return handler;
    }
}

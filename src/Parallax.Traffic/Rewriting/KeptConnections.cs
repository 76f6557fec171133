using Parallax.Wire.Http1;

namespace Parallax.Traffic.Rewriting;

/// <summary>How long a connection that nothing happens on can be used again.</summary>
/// <remarks>Thread safety: pure functions.</remarks>
public static class KeptConnections
{
    // A request that is sent when the server's time is over meets the end of the connection, and not every request can be sent again.
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(1);

    /// <summary>The time for which a connection is kept after a response.</summary>
    /// <param name="response">The response.</param>
    /// <param name="timeout">The time we would keep it ourselves; <see cref="System.Threading.Timeout.InfiniteTimeSpan"/> for
    /// ever.</param>
    /// <returns>What the server's Keep-Alive allows, less a second, or less half of it where that is less; never more than
    /// <paramref name="timeout"/>. Zero when the connection is not to be used again.</returns>
    public static TimeSpan IdleTimeOf(MessageHead response, TimeSpan timeout)
    {
        ArgumentNullException.ThrowIfNull(response);
        if (response.KeepAliveSeconds < 0)
        {
            return timeout;
        }

        var kept = TimeSpan.FromSeconds(response.KeepAliveSeconds);
        kept -= kept / 2 < Margin ? kept / 2 : Margin;
        return kept < timeout || timeout < TimeSpan.Zero ? kept : timeout;
    }
}

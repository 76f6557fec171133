using Parallax.Proxy.Bounds;
using Parallax.Runs.Limits;
using Parallax.Runs.Running;

namespace Parallax.Runs.Proxying;

/// <summary>Bounds a proxy to what the machine has and what it was allowed of that.</summary>
/// <remarks>Thread safety: pure functions, but for asking the system.</remarks>
internal static class ResourceBounds
{
    /// <summary>The limits of a proxy that listens at so many addresses.</summary>
    /// <exception cref="RunException">The process may have too few descriptors.</exception>
    public static ProxyOptions Apply(ProxyRunOptions run, int listeners)
    {
        var options = run.Limits;
        var shares = new ResourceShares(Descriptors.Limit - Descriptors.Open, Descriptors.Limit, ProcessMemory.HeapBytes);
        var limits = shares.LimitsFor(options.Loops, listeners);
        if (limits.MaxConnections < ResourceShares.MinConnections)
        {
            throw new RunException($"the process may open {Descriptors.Limit} files, which leaves {Math.Max(0, limits.MaxConnections)} "
                + "connections for clients; raise the limit (ulimit -n, LimitNOFILE=), or take fewer --loops");
        }

        if (run.MaxConnections is { } wanted)
        {
            limits = wanted <= limits.MaxConnections
                ? limits with { MaxConnections = wanted }
                : throw new RunException($"--max-connections {wanted}: there is room for {limits.MaxConnections}, with "
                    + $"{Descriptors.Limit} files (ulimit -n) and a heap of {ProcessMemory.HeapBytes >> 20} MiB; raise what is short, "
                    + "or ask for less");
        }

        return options with
        {
            Resources = limits with { MaxConnectionsPerClient = run.MaxConnectionsPerClient },
            MaxCopyBytes = Math.Min(options.MaxCopyBytes, shares.CopyBytes),
        };
    }
}

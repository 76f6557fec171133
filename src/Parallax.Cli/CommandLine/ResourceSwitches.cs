using System.CommandLine;
using Parallax.Proxy.Bounds;

namespace Parallax.Cli.CommandLine;

/// <summary>The options that say what a proxy may take of the machine, and what follows from them and from the machine.</summary>
internal sealed class ResourceSwitches
{
    private const int MaxConnectionsAsked = 10_000_000;
    private const string Allowed = "what descriptors and memory allow";

    private readonly Setting<int> _connections = Setting.Count(
        "--max-connections", "connections of clients at most", MaxConnectionsAsked, Allowed, MaxConnectionsAsked);

    private readonly Setting<int> _perClient = Setting.Count(
        "--max-connections-per-client", "connections of one address at most", int.MaxValue, "unlimited", int.MaxValue);

    private readonly MemorySwitch _memory = new();

    public void AddTo(Command command)
    {
        command.Options.Add(_connections.Option);
        command.Options.Add(_perClient.Option);
        _memory.AddTo(command);
    }

    /// <summary>Puts the memory limit in force; before anything large is made.</summary>
    /// <exception cref="UsageException">The process has more already.</exception>
    public void LimitMemory(ParseResult parsed) => _memory.Limit(parsed);

    /// <summary>The same options with the limits that the machine and the command line set.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="options">What is limited.</param>
    /// <param name="listeners">How many addresses are listened at.</param>
    /// <exception cref="UsageException">The process may have too few descriptors.</exception>
    public ProxyOptions Limit(ParseResult parsed, ProxyOptions options, int listeners)
    {
        var shares = new ResourceShares(Descriptors.Limit - Descriptors.Open, Descriptors.Limit, ProcessMemory.HeapBytes);
        var limits = shares.LimitsFor(options.Loops, listeners);
        if (limits.MaxConnections < ResourceShares.LeastConnections)
        {
            throw new UsageException($"the process may open {Descriptors.Limit} files, which leaves {Math.Max(0, limits.MaxConnections)} "
                + "connections for clients; raise the limit (ulimit -n, LimitNOFILE=), or take fewer --loops");
        }

        if (_connections.IsGiven(parsed))
        {
            var wanted = _connections.Of(parsed);
            limits = wanted <= limits.MaxConnections
                ? limits with { MaxConnections = wanted }
                : throw new UsageException($"{_connections.Option.Name} {wanted}: there is room for {limits.MaxConnections}, with "
                    + $"{Descriptors.Limit} files (ulimit -n) and a heap of {ProcessMemory.HeapBytes >> 20} MiB; raise what is short, "
                    + "or ask for less");
        }

        return options with
        {
            Resources = limits with { MaxConnectionsPerClient = _perClient.Of(parsed) },
            MaxCopyBytes = Math.Min(options.MaxCopyBytes, shares.CopyBytes),
        };
    }
}

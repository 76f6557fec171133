using System.CommandLine;

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

    public void AddTo(CommandPage page)
    {
        _memory.AddTo(page);
        page.Add(SwitchGroup.Limits, _connections.Option, _perClient.Option);
    }

    /// <summary>Puts the memory limit in force; before anything large is made.</summary>
    /// <exception cref="UsageException">The process has more already.</exception>
    public void LimitMemory(ParseResult parsed) => _memory.Limit(parsed);

    /// <summary>Connections of clients; null for what descriptors and memory allow.</summary>
    public int? MaxConnectionsOf(ParseResult parsed) => _connections.IsGiven(parsed) ? _connections.Of(parsed) : null;

    /// <summary>Connections of one address.</summary>
    public int MaxConnectionsPerClientOf(ParseResult parsed) => _perClient.Of(parsed);
}

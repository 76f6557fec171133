using System.CommandLine;
using Parallax.Runs.Limits;
using Parallax.Runs.Running;

namespace Parallax.Cli.CommandLine;

/// <summary>The option that bounds the memory of the process.</summary>
internal sealed class MemorySwitch
{
    private readonly Setting<long> _memory = Setting.Size(
        "--memory-limit", "memory of the process", "the container's limit", ProcessMemory.MinBytes);

    public void AddTo(CommandPage page) => page.Add(SwitchGroup.Limits, _memory.Option);

    /// <summary>Puts the limit in force; before anything large is made.</summary>
    /// <exception cref="RunException">The process has more already.</exception>
    public void Limit(ParseResult parsed)
    {
        if (_memory.IsGiven(parsed))
        {
            ProcessMemory.Limit(_memory.Of(parsed));
        }
    }
}

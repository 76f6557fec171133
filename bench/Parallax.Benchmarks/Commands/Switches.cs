using System.Globalization;
using Parallax.Benchmarks.Load;

namespace Parallax.Benchmarks.Commands;

/// <summary>Switches of the form <c>--name value</c> or <c>--name</c>.</summary>
internal sealed class Switches(string[] arguments)
{
    public bool Has(string name) => Array.IndexOf(arguments, name) >= 0;

    public string? Text(string name)
    {
        var at = Array.IndexOf(arguments, name);
        return at >= 0 && at + 1 < arguments.Length ? arguments[at + 1] : null;
    }

    public long Number(string name, long otherwise) =>
        Text(name) is { } text ? long.Parse(text, CultureInfo.InvariantCulture) : otherwise;

    public string Required(string name) => Text(name) ?? throw new ArgumentException($"{name} is missing");

    public LoadOptions Load() => new()
    {
        Connections = (int)Number("--connections", 256),
        PacketsPerTurn = (int)Number("--packets-per-turn", 1),
        ExchangesPerConnection = (int)Number("--exchanges-per-connection", 100),
        PostPercent = (int)Number("--post-percent", 20),
        SwapPercent = (int)Number("--swap-percent", 1),
        Seed = (int)Number("--seed", 1),
    };
}

using System.Globalization;

namespace Parallax.Cli.Admin;

/// <summary>How Envoy writes types and times in its dumps.</summary>
internal static class EnvoyForm
{
    /// <summary>What the names of Envoy's types begin with.</summary>
    public const string Types = "type.googleapis.com/envoy.";

    /// <summary>A time: <c>1.5s</c>.</summary>
    public static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.###}s");
}

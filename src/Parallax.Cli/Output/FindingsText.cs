using System.Text.Json;
using Parallax.Runs.Running;
using Parallax.Proxy.Configuration.Loading;

namespace Parallax.Cli.Output;

/// <summary>What was found in documents, for people and for programs.</summary>
internal static class FindingsText
{
    /// <summary>One line a finding, and a line that sums up.</summary>
    public static void Write(TextWriter output, LoadedConfiguration loaded)
    {
        foreach (var finding in loaded.Findings)
        {
            output.WriteLine(finding);
        }

        output.WriteLine(Summary(loaded));
    }

    /// <summary>One JSON object.</summary>
    public static void WriteJson(TextWriter output, LoadedConfiguration loaded) =>
        output.WriteLine(JsonSerializer.Serialize(ValidationView.Of(loaded), FindingsJson.Default.ValidationView));

    /// <summary>Whether the configuration can be used, and what it amounts to.</summary>
    public static string Summary(LoadedConfiguration loaded)
    {
        var found = $"{Count(loaded.Errors, "error")}, {Count(loaded.Warnings, "warning")}";
        var read = $"{Count(loaded.Documents, "document")} in {Count(loaded.Files.Count, "file")}";
        if (loaded.Config is not { } config)
        {
            return $"not valid: {found}; {read}";
        }

        var routes = config.Listeners.SelectMany(listener => listener.VirtualHosts).SelectMany(host => host.Routes).Distinct().ToList();
        return $"valid: {found}; {read}; {Count(config.Listeners.Count, "listener")}, {Count(routes.Count, "route")}, "
            + $"{Count(routes.Sum(route => route.Mirrors.Count), "mirror")}, {Count(config.Clusters.Count, "cluster")}";
    }

    private static string Count(int number, string what) => $"{NumberText.Count(number)} {what}{(number == 1 ? "" : "s")}";
}

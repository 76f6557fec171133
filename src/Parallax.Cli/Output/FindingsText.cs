using System.Text;
using System.Text.Json;
using Parallax.Runs.Running;
using Parallax.Documents;
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
    public static void WriteJson(TextWriter output, LoadedConfiguration loaded)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("kind", "validation");
            json.WriteBoolean("valid", loaded.Config is not null);
            json.WriteNumber("errors", loaded.Errors);
            json.WriteNumber("warnings", loaded.Warnings);
            json.WriteNumber("documents", loaded.Documents);
            json.WriteString("fingerprint", loaded.Fingerprint);
            json.WriteStartArray("findings");
            foreach (var finding in loaded.Findings)
            {
                Write(json, finding);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        output.WriteLine(Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length));
    }

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

    private static void Write(Utf8JsonWriter json, Finding finding)
    {
        json.WriteStartObject();
        json.WriteString("severity", finding.Severity == Severity.Error ? "error" : "warning");
        json.WriteString("code", finding.Code);
        json.WriteString("file", finding.Position.File);
        json.WriteNumber("line", finding.Position.Line);
        json.WriteNumber("column", finding.Position.Column);
        json.WriteString("path", finding.Path);
        json.WriteString("message", finding.Message);
        json.WriteString("remedy", finding.Remedy);
        json.WriteEndObject();
    }
}

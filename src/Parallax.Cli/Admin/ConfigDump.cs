using System.Text.Json;
using System.Text.Json.Serialization;
using Parallax.Proxy.Configuration.Model;

namespace Parallax.Cli.Admin;

/// <summary>What is in force, in the shape of Envoy's <c>/config_dump</c>, so that its readers read ours: listeners with their servers,
/// routes with their mirror policies, clusters with their endpoints. Names of clusters are Istio's.</summary>
internal sealed record ConfigDump(IReadOnlyList<ConfigDumpSection> Configs)
{
    /// <summary>The page of the admin port.</summary>
    public static AdminAnswer Of(ProxyConfig config)
    {
        var dump = new ConfigDump(
        [
            new ConfigDumpSection(EnvoyForm.Types + "admin.v3.ClustersConfigDump") { DynamicActiveClusters = ClusterDump.Of(config) },
            new ConfigDumpSection(EnvoyForm.Types + "admin.v3.ListenersConfigDump") { DynamicListeners = ListenerDump.Of(config) },
            new ConfigDumpSection(EnvoyForm.Types + "admin.v3.RoutesConfigDump") { DynamicRouteConfigs = RouteDump.Of(config) },
        ]);
        var json = JsonSerializer.SerializeToUtf8Bytes(dump, ConfigDumpJson.Default.ConfigDump);
        return new AdminAnswer(200, "application/json", [.. json, (byte)'\n']);
    }
}

/// <summary>One of the dump's parts: the list that is not null.</summary>
/// <param name="Type">The part's type, by its whole name.</param>
internal sealed record ConfigDumpSection([property: JsonPropertyName("@type")] string Type)
{
    public IReadOnlyList<ClusterDump>? DynamicActiveClusters { get; init; }

    public IReadOnlyList<ListenerDump>? DynamicListeners { get; init; }

    public IReadOnlyList<RouteDump>? DynamicRouteConfigs { get; init; }
}

/// <summary>How a dump is written: Envoy's names, and nothing for what is null.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ConfigDump))]
internal sealed partial class ConfigDumpJson : JsonSerializerContext;

namespace Parallax.Cli.Tests.House;

/// <summary>Which project may use what, and which folder of a project stands before which.</summary>
internal static class Walls
{
    /// <summary>The projects that each project refers to: no more and no fewer.</summary>
    public static IReadOnlyDictionary<string, string[]> References { get; } = new Dictionary<string, string[]>
    {
        ["Parallax.Wire"] = [],
        ["Parallax.Reactor"] = [],
        ["Parallax.Documents"] = [],
        ["Parallax.Traffic"] = ["Parallax.Wire"],
        ["Parallax.Recording"] = ["Parallax.Wire", "Parallax.Reactor", "Parallax.Traffic"],
        ["Parallax.Shadows"] =
            ["Parallax.Wire", "Parallax.Reactor", "Parallax.Documents", "Parallax.Traffic", "Parallax.Recording"],
        ["Parallax.Capture"] = ["Parallax.Wire", "Parallax.Reactor", "Parallax.Traffic"],
        ["Parallax.Proxy"] =
        [
            "Parallax.Wire", "Parallax.Reactor", "Parallax.Documents", "Parallax.Traffic", "Parallax.Recording", "Parallax.Shadows",
        ],
        ["Parallax.Runs"] =
        [
            "Parallax.Wire", "Parallax.Reactor", "Parallax.Documents", "Parallax.Traffic", "Parallax.Recording", "Parallax.Shadows",
            "Parallax.Capture", "Parallax.Proxy",
        ],
        ["Parallax.Cli"] =
        [
            "Parallax.Wire", "Parallax.Reactor", "Parallax.Documents", "Parallax.Traffic", "Parallax.Recording", "Parallax.Shadows",
            "Parallax.Capture", "Parallax.Proxy", "Parallax.Runs",
        ],
    };

    /// <summary>The packages a project may have; projects not named here may have none. Analyzers come from src/Directory.Build.props.
    /// </summary>
    public static IReadOnlyDictionary<string, string[]> Packages { get; } = new Dictionary<string, string[]>
    {
        ["Parallax.Traffic"] = ["System.IO.Hashing", "ZstdSharp.Port"],
        ["Parallax.Runs"] = ["Microsoft.Extensions.Hosting.Abstractions"],
        ["Parallax.Documents"] = ["YamlDotNet"],
        ["Parallax.Cli"] = ["System.CommandLine"],
        ["Parallax.Recording.Tests"] = ["Microsoft.Extensions.TimeProvider.Testing"],
        ["Parallax.Runs.Tests"] = ["Microsoft.Extensions.TimeProvider.Testing"],
        ["Parallax.Benchmarks"] = ["BenchmarkDotNet"],
    };

    /// <summary>The folders of a project in their order, nested ones by their whole path: each may use those before it.</summary>
    public static IReadOnlyDictionary<string, string[]> Folders { get; } = new Dictionary<string, string[]>
    {
        ["Parallax.Wire"] = ["Packets", "PcapFiles", "Flows", "ProxyProtocol", "Http1"],
        ["Parallax.Reactor"] = ["Buffers", "Connections", "Loops"],
        ["Parallax.Documents"] = [],
        ["Parallax.Traffic"] = ["Counters", "Queues", "Exchanges", "Rewriting", "Contents", "Policy", "Redaction"],
        ["Parallax.Recording"] = ["Entries", "Redaction", "Plx", "Gor", "JsonLines", "Requests", "Har", "Files"],
        ["Parallax.Shadows"] = ["Clients", "Delivery", "Replay"],
        ["Parallax.Capture"] = ["Sources", "Pipeline"],
        ["Parallax.Runs"] = ["Running", "Meters", "Limits", "Capturing", "Converting", "Proxying", "Replaying"],
        ["Parallax.Proxy"] =
        [
            "Configuration/Model", "Configuration/Reading", "Configuration/Clusters", "Configuration/Listeners", "Configuration/Istio",
            "Configuration/GatewayApi", "Configuration/Loading", "Routing", "Accounts", "Bounds", "Requests",
            "Clusters", "Copies", "Primary", "Serving",
        ],
        ["Parallax.Cli"] = ["CommandLine", "Output", "Admin", "Demo", "Commands"],
    };

    /// <summary>Folders of a project that know nothing of each other, whichever stands before the other.</summary>
    public static IReadOnlyDictionary<string, (string One, string Other)[]> Strangers { get; } =
        new Dictionary<string, (string One, string Other)[]>
        {
            ["Parallax.Proxy"] = [("Configuration/Istio", "Configuration/GatewayApi")],
        };

    /// <summary>Files that may need each other in a circle, all circles together. To be lowered, never raised; 5 % of the files is the
    /// goal.</summary>
    public const int MaxFilesInCircles = 15;

    /// <summary>Files of the largest circle. To be lowered, never raised; 5 is the goal.</summary>
    public const int LargestCircle = 5;

    /// <summary>The one project in which `unsafe` may stand.</summary>
    public const string UnsafeProject = "Parallax.Reactor";

    /// <summary>The folders that may call native code.</summary>
    public static IReadOnlyList<string> NativeFolders { get; } = ["src/Parallax.Reactor/Loops/", "src/Parallax.Capture/Sources/"];

    /// <summary>Names of others in which such a word is part of the name.</summary>
    public static IReadOnlyList<string> NamesOfOthers { get; } = ["VirtualService", "ServiceEntry"];

    /// <summary>Words that say nothing. If one seems needed, the thing has not been understood yet.</summary>
    public static IReadOnlyList<string> EmptyWords { get; } =
    [
        "Manager", "Helper", "Helpers", "Util", "Utils", "Common", "Core", "Base", "Impl", "Processor", "Service", "Info", "Data", "Item",
        "Wrapper", "Misc",
    ];
}

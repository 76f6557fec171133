using Parallax.Fuzz.Engine;

namespace Parallax.Fuzz.Targets;

/// <summary>Every reader that meets octets of others.</summary>
/// <remarks>Thread safety: pure functions.</remarks>
internal static class AllTargets
{
    private static readonly Dictionary<string, Func<FuzzTarget>> Targets = new()
    {
        ["packets"] = PacketTarget.Make,
        ["captures"] = CaptureFileTarget.Make,
        ["gzip"] = GzipTarget.Make,
        ["flows"] = FlowTarget.Make,
        ["extraction"] = ExtractionTarget.Make,
        ["http"] = HttpTarget.Make,
        ["proxy-headers"] = ProxyHeaderTarget.Make,
        ["plx"] = PlxTarget.Make,
        ["gor"] = GorTarget.Make,
        ["har"] = HarTarget.Make,
        ["json-lines"] = JsonLinesTarget.Make,
        ["middleware"] = MiddlewareTarget.Make,
        ["redaction"] = RedactionTarget.Make,
        ["secrets"] = SecretsTarget.Make,
        ["state"] = StateTarget.Make,
        ["rules"] = RulesTarget.Make,
        ["documents"] = DocumentTarget.Make,
    };

    /// <summary>Their names.</summary>
    public static IEnumerable<string> Names => Targets.Keys;

    /// <summary>The target of that name, with its seeds, those of the corpus first.</summary>
    public static FuzzTarget Make(string name)
    {
        var target = Targets[name]();
        return target with { Seeds = [.. SeedFiles.Corpus(name), .. target.Seeds] };
    }
}

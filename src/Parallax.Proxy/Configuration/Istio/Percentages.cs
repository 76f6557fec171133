using Parallax.Documents;
using Parallax.Traffic.Policy;

namespace Parallax.Proxy.Configuration.Istio;

/// <summary>Reads the ways in which Istio writes a share.</summary>
internal static class Percentages
{
    /// <summary>The share of a route's <c>mirror</c>, as mirrorPercentage says it.</summary>
    public static Sampler? OfMirror(Fields fields) => fields.Object("mirrorPercentage", Value);

    /// <summary>The share of a route's <c>mirror</c>, as the deprecated mirrorPercent says it.</summary>
    public static Sampler? OfMirrorInWhole(Fields fields)
    {
        var whole = fields.Whole("mirrorPercent", 0, 100);

        // The CRD knows this one key in two spellings.
        whole ??= fields.Whole("mirror_percent", 0, 100);
        foreach (var key in fields.Present("mirrorPercent", "mirror_percent"))
        {
            fields.Findings.Warning("FLD106", fields.Of(key), "is deprecated", "use mirrorPercentage");
        }

        return whole is { } percent ? Sampler.OfPercent(percent) : null;
    }

    /// <summary>The share of one of several mirrors; everything when none is given.</summary>
    public static Sampler OfPolicy(Fields fields) => fields.Object("percentage", Value) ?? Sampler.All;

    /// <summary>The share of a fault; nothing when none is given.</summary>
    public static Sampler OfFault(Fields fields)
    {
        var exact = fields.Object("percentage", Value);
        var whole = fields.Whole("percent", 0, 100);
        if (fields.Has("percent"))
        {
            fields.Findings.Warning("FLD106", fields.Of("percent"), "is deprecated", "use percentage");
        }
        else if (!fields.Has("percentage"))
        {
            fields.Findings.Warning("RUL202", fields.Place, "has no percentage, so it concerns no request", "add percentage: {value: 100}");
        }

        return exact ?? Sampler.OfPercent(whole ?? 0);
    }

    // No value is zero, as protobuf has it.
    private static Sampler? Value(Fields fields) => Sampler.OfPercent(fields.Number("value", 0, 100) ?? 0);
}

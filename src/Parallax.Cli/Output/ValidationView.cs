using System.Text.Json.Serialization;
using Parallax.Documents;
using Parallax.Proxy.Configuration.Loading;

namespace Parallax.Cli.Output;

/// <summary>What was found in documents, for programs.</summary>
internal sealed record ValidationView(
    int Schema, string Kind, bool Valid, int Errors, int Warnings, int Documents, string Fingerprint, IReadOnlyList<FindingView> Findings)
{
    public static ValidationView Of(LoadedConfiguration loaded) => new(
        CounterJson.Schema,
        "validation",
        loaded.Config is not null,
        loaded.Errors,
        loaded.Warnings,
        loaded.Documents,
        loaded.Fingerprint,
        [.. loaded.Findings.Select(FindingView.Of)]);
}

/// <summary>One finding, for programs.</summary>
internal sealed record FindingView(
    string Severity, string Code, string File, int Line, int Column, string Path, string Message, string Remedy)
{
    public static FindingView Of(Finding finding) => new(
        finding.Severity == Documents.Severity.Error ? "error" : "warning",
        finding.Code,
        finding.Position.File,
        finding.Position.Line,
        finding.Position.Column,
        finding.Path,
        finding.Message,
        finding.Remedy);
}

/// <summary>How findings are written: on one line, with the names of the command line's other JSON.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ValidationView))]
internal sealed partial class FindingsJson : JsonSerializerContext;

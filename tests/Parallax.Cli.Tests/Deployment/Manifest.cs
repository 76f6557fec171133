using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Parallax.Documents;

namespace Parallax.Cli.Tests.Deployment;

/// <summary>A Kubernetes object of deploy/kubernetes, as JSON.</summary>
internal sealed record Manifest(string File, JsonElement Json)
{
    public string Kind => Json.GetProperty("kind").GetString()!;

    public string ApiVersion => Json.GetProperty("apiVersion").GetString()!;

    public string Name => Json.GetProperty("metadata").GetProperty("name").GetString()!;

    /// <summary>What a workload has its pods made of; nothing of other kinds.</summary>
    public JsonElement? Pod => Json.GetProperty("spec").TryGetProperty("template", out var template) ? template : null;

    public IEnumerable<JsonElement> Containers => Pod?.GetProperty("spec").GetProperty("containers").EnumerateArray() ?? [];

    /// <summary>The objects of a file.</summary>
    public static IReadOnlyList<Manifest> Read(string path)
    {
        var findings = new Findings();
        var documents = DocumentReader.Read(path, System.IO.File.ReadAllText(path), findings);
        Assert.Empty(findings.All);
        return [.. documents.Select(each => new Manifest(Path.GetFileName(path), JsonSerializer.SerializeToElement(ToJson(each))))];
    }

    private static JsonNode? ToJson(DocumentNode node) => node switch
    {
        MapNode map => new JsonObject(map.Entries.Select(entry => KeyValuePair.Create(entry.Key, ToJson(entry.Value)))),
        ListNode list => new JsonArray([.. list.Entries.Select(ToJson)]),
        TextNode { Kind: TextKind.Number } text => double.Parse(text.Value, CultureInfo.InvariantCulture),
        TextNode { Kind: TextKind.Flag } text => text.Value == "true",
        TextNode { Kind: TextKind.Null } => null,
        _ => ((TextNode)node).Value,
    };
}

using System.Text.Json;

namespace Parallax.Proxy.Tests.Conformance;

/// <summary>One request of the Gateway API's conformance tests, and what must become of it. A property that is null is not looked at.
/// </summary>
internal sealed record GatewayRoutingCase
{
    private static readonly Dictionary<string, string> NoHeaders = [];

    /// <summary>Tells the case from the others of its test.</summary>
    public required int Number { get; init; }

    public required string Host { get; init; }

    public required string Method { get; init; }

    public required string Path { get; init; }

    public required IReadOnlyDictionary<string, string> Headers { get; init; }

    /// <summary>What the backend's answer carries.</summary>
    public required IReadOnlyDictionary<string, string> BackendHeaders { get; init; }

    public required int Status { get; init; }

    public string? Backend { get; init; }

    public required IReadOnlyList<string> MirroredTo { get; init; }

    /// <summary>The path and the headers the backend must see.</summary>
    public required string SeenPath { get; init; }

    public required IReadOnlyDictionary<string, string> SeenHeaders { get; init; }

    public required IReadOnlyList<string> UnseenHeaders { get; init; }

    public required IReadOnlyDictionary<string, string> ResponseHeaders { get; init; }

    public required IReadOnlyList<string> AbsentResponseHeaders { get; init; }

    /// <summary>Where the answer must lead: Scheme, Host, Port, Path.</summary>
    public IReadOnlyDictionary<string, string>? Redirect { get; init; }

    /// <summary>Reads a case as the suite's file has it.</summary>
    public static GatewayRoutingCase Read(JsonElement item, int number)
    {
        var request = item.GetProperty("Request");
        var response = item.TryGetProperty("Response", out var answer) ? answer : default;
        var seen = item.TryGetProperty("ExpectedRequest", out var expected) ? expected : default;
        var seenRequest = Of(seen, "Request") ?? request;
        var path = Text(request, "Path") ?? "/";
        return new()
        {
            Number = number,
            Host = Text(request, "Host") ?? "gateway.example",
            Method = Text(request, "Method") ?? "GET",
            Path = path,
            Headers = Map(request, "Headers"),
            BackendHeaders = Map(item, "BackendSetResponseHeaders"),
            Status = Of(response, "StatusCode")?.GetInt32() ?? 200,
            Backend = Text(item, "Backend") is { } backend ? ServiceOf(backend) : null,
            MirroredTo = [.. List(item, "MirroredTo").Select(mirror => ServiceOf(Text(mirror.GetProperty("BackendRef"), "Name")!))],
            SeenPath = Text(seenRequest, "Path") ?? path,
            SeenHeaders = Map(seenRequest, "Headers"),
            UnseenHeaders = [.. List(seen, "AbsentHeaders").Select(name => name.GetString()!)],
            ResponseHeaders = Map(response, "Headers"),
            AbsentResponseHeaders = [.. List(response, "AbsentHeaders").Select(name => name.GetString()!)],
            Redirect = item.TryGetProperty("RedirectRequest", out _) ? Map(item, "RedirectRequest") : null,
        };
    }

    // The suite's constants stand for the names of its services; those of the mesh are called otherwise.
    private static string ServiceOf(string backend) => $"infra-backend-v{backend[^1]}";

    private static JsonElement? Of(JsonElement item, string name) =>
        item.ValueKind == JsonValueKind.Object && item.TryGetProperty(name, out var value) ? value : null;

    private static string? Text(JsonElement item, string name) => Of(item, name)?.GetString();

    private static List<JsonElement> List(JsonElement item, string name) => Of(item, name)?.EnumerateArray().ToList() ?? [];

    private static Dictionary<string, string> Map(JsonElement item, string name) => Of(item, name) is { } map
        ? map.EnumerateObject().ToDictionary(each => each.Name, each => each.Value.GetString()!, StringComparer.OrdinalIgnoreCase)
        : NoHeaders;
}

using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Parallax.Recording.Entries;

namespace Parallax.Shadows.Replay;

/// <summary>Finds the values that one <see cref="StateRule"/> names in a response.</summary>
/// <remarks>Thread safety: pure functions; the message is the caller's.</remarks>
internal static class RuleValues
{
    /// <summary>The values in their order.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="message">The response, read.</param>
    /// <param name="octets">Its octets.</param>
    public static List<string> Find(StateRule rule, RecordedMessage message, ReadOnlySpan<byte> octets)
    {
        var found = rule.Source switch
        {
            StateSource.Header => Fields(message, octets, rule.Key),
            StateSource.Cookie => Cookies(message, octets, rule.Key),
            StateSource.Json => Json(message, octets, rule.Key),
            _ => Body(message, octets),
        };
        return rule.Pattern is { } pattern ? [.. found.SelectMany(text => pattern.Matches(text)).Select(ValueOf)] : found;
    }

    private static string ValueOf(Match match) => match.Groups.Count > 1 ? match.Groups[1].Value : match.Value;

    private static List<string> Fields(RecordedMessage message, ReadOnlySpan<byte> octets, string name)
    {
        var values = new List<string>();
        for (var at = 0; at < message.Head.FieldCount; at++)
        {
            var field = message.Head[at];
            if (Encoding.Latin1.GetString(field.Name.Of(octets)).Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                values.Add(Encoding.Latin1.GetString(field.Value.Of(octets)));
            }
        }

        return values;
    }

    private static List<string> Cookies(RecordedMessage message, ReadOnlySpan<byte> octets, string name) =>
    [
        .. Fields(message, octets, "set-cookie").Select(value => value.Split(';', 2)[0].Split('=', 2))
            .Where(pair => pair.Length == 2 && pair[0].Trim() == name).Select(pair => pair[1].Trim()),
    ];

    private static List<string> Body(RecordedMessage message, ReadOnlySpan<byte> octets) =>
        message.TryDecode(octets, out var body) ? [Encoding.UTF8.GetString(body)] : [];

    private static List<string> Json(RecordedMessage message, ReadOnlySpan<byte> octets, string pointer)
    {
        if (!message.TryDecode(octets, out var body))
        {
            return [];
        }

        try
        {
            var reader = new Utf8JsonReader(body);
            using var document = JsonDocument.ParseValue(ref reader);
            IEnumerable<JsonElement> elements = [document.RootElement];
            foreach (var step in pointer.Split('/').Skip(1))
            {
                elements = [.. elements.SelectMany(element => Step(element, step.Replace("~1", "/").Replace("~0", "~")))];
            }

            return
            [
                .. elements.Where(element => element.ValueKind is JsonValueKind.String or JsonValueKind.Number)
                    .Select(element => element.ValueKind == JsonValueKind.String ? element.GetString()! : element.GetRawText()),
            ];
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            return [];
        }
    }

    private static IEnumerable<JsonElement> Step(JsonElement element, string step) => element.ValueKind switch
    {
        JsonValueKind.Array when step == "*" => element.EnumerateArray(),
        JsonValueKind.Array when int.TryParse(step, out var index) && index < element.GetArrayLength() && index >= 0 => [element[index]],
        JsonValueKind.Object when step == "*" => element.EnumerateObject().Select(member => member.Value),
        JsonValueKind.Object when element.TryGetProperty(step, out var member) => [member],
        _ => [],
    };
}

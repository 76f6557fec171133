using System.Text;
using System.Text.Json;

namespace Parallax.Shadows.Replay;

/// <summary>Finds issued values in JSON: identifiers, tokens, URLs.</summary>
/// <remarks>Thread safety: none.</remarks>
internal sealed class IssuedJson(IssuedPlaces places)
{
    private const int DeepestNesting = 3;

    // Each costs an exception.
    private const int MaxFailures = 64;

    private static readonly string[] UrlNames = ["href", "url", "uri", "location", "self", "next", "link", "action"];

    private int _nesting;
    private int _failures;

    /// <summary>Begins with another response.</summary>
    public void Begin() => _failures = 0;

    /// <summary>Finds them.</summary>
    /// <param name="body">JSON; what follows a mistake in it is left out.</param>
    /// <param name="prefix">The place of the text.</param>
    public void Read(ReadOnlySpan<byte> body, string prefix)
    {
        if (_failures == MaxFailures)
        {
            return;
        }

        try
        {
            var reader = new Utf8JsonReader(body);
            var path = new Stack<(string Name, int Index)>();
            while (reader.Read() && !places.IsFull)
            {
                switch (reader.TokenType)
                {
                    case JsonTokenType.PropertyName:
                        path.Push(path.Pop() with { Name = IssuedPlaces.Short(reader.GetString()!) });
                        break;
                    case JsonTokenType.StartObject or JsonTokenType.StartArray:
                        Step(path);
                        path.Push(("", -1));
                        break;
                    case JsonTokenType.EndObject or JsonTokenType.EndArray:
                        path.Pop();
                        break;
                    case JsonTokenType.String:
                        Step(path);
                        AddLeaf(prefix, path, reader.GetString()!, isNumber: false);
                        break;
                    case JsonTokenType.Number:
                        Step(path);
                        AddLeaf(prefix, path, Encoding.ASCII.GetString(reader.ValueSpan), isNumber: true);
                        break;
                    default:
                        Step(path);
                        break;
                }
            }
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            _failures++;

            // What was found before is kept: both answers break off in the same way or the places differ.
        }
    }

    private static void Step(Stack<(string Name, int Index)> path)
    {
        if (path.TryPop(out var place))
        {
            path.Push(place with { Index = place.Index + 1 });
        }
    }

    private void AddLeaf(string prefix, Stack<(string Name, int Index)> path, string value, bool isNumber)
    {
        // In an array the element's place counts, in an object its name.
        var name = path.FirstOrDefault(place => place.Name.Length > 0).Name ?? "";
        if (!isNumber && value is ['{' or '[', ..] && _nesting < DeepestNesting)
        {
            _nesting++;
            Read(Encoding.UTF8.GetBytes(value), PlaceOf(prefix, path) + ":");
            _nesting--;
        }
        else if (!isNumber && (value.Contains("://", StringComparison.Ordinal)
            || UrlNames.Any(each => name.EndsWith(each, StringComparison.OrdinalIgnoreCase))))
        {
            places.AddUrl(PlaceOf(prefix, path), value);
        }
        else if (IssuedPlaces.IsTelling(name, value, isNumber))
        {
            places.Add(PlaceOf(prefix, path), value);
        }
    }

    private static string PlaceOf(string prefix, Stack<(string Name, int Index)> path) =>
        prefix + string.Join('/', path.Reverse().Select(step => step.Name.Length > 0 ? step.Name : $"{step.Index}"));
}

using System.Text.Json;
using Parallax.Traffic.Counters;

namespace Parallax.Cli.Output;

/// <summary>Writes the counters of a table as properties of a JSON object that is open: every number; of numbers by reason those that are
/// not zero.</summary>
internal static class CounterJson
{
    /// <summary>The version of the form of what is printed: another number means that a property has another meaning or is gone.</summary>
    public const int Schema = 1;

    /// <summary>Opens an object that says what it is.</summary>
    public static void Begin(Utf8JsonWriter json, string kind)
    {
        json.WriteStartObject();
        json.WriteNumber("schema", Schema);
        json.WriteString("kind", kind);
    }

    public static void Write<TAccount>(Utf8JsonWriter json, CounterTable<TAccount> table, TAccount account)
    {
        foreach (var counter in table.Counters)
        {
            json.WriteNumber(counter.Key, counter.Value(account));
        }

        foreach (var map in table.Maps)
        {
            Write(json, map.Key, map.Values(account), map.Labels.NameOf);
        }
    }

    /// <summary>Counts by name, those that are zero left out.</summary>
    public static void Write(Utf8JsonWriter json, string key, IReadOnlyList<long> counts, Func<int, string> nameOf)
    {
        json.WriteStartObject(key);
        for (var index = 0; index < counts.Count; index++)
        {
            if (counts[index] != 0)
            {
                json.WriteNumber(nameOf(index), counts[index]);
            }
        }

        json.WriteEndObject();
    }
}

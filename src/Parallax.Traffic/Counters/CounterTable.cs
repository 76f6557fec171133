using System.Text.Json;

namespace Parallax.Traffic.Counters;

/// <summary>One number of an account: declared once for all that show it.</summary>
/// <typeparam name="TAccount">The account.</typeparam>
/// <param name="Key">Its name in JSON, which never changes.</param>
/// <param name="Help">What it counts, a sentence.</param>
/// <param name="Value">Its value in an account.</param>
public sealed record Counter<TAccount>(string Key, string Help, Func<TAccount, long> Value)
{
    /// <summary>How it moves; <see cref="CounterKind.Total"/> by default.</summary>
    public CounterKind Kind { get; init; }

    /// <summary>Where the account for people lists it when it is not zero, and in which words; null, the default, for a number that is not
    /// listed, such as part of a sum.</summary>
    public (string Line, string Words)? Shown { get; init; }

    /// <summary>Its name as a metric, without the program's name and the ending of its kind; null, the default, to make it of the table's
    /// name and the key. Empty for a number that is not a metric.</summary>
    public string? Metric { get; init; }
}

/// <summary>Numbers of an account by reason, class or kind.</summary>
/// <typeparam name="TAccount">The account.</typeparam>
/// <param name="Key">Their name in JSON, which never changes.</param>
/// <param name="Help">What they count, a sentence.</param>
/// <param name="Values">Their values in an account, by index.</param>
/// <param name="Labels">What the indexes stand for.</param>
public sealed record CounterMap<TAccount>(
    string Key, string Help, Func<TAccount, IReadOnlyList<long>> Values, CounterLabels Labels)
{
    /// <summary>As <see cref="Counter{TAccount}.Metric"/>.</summary>
    public string? Metric { get; init; }
}

/// <summary>What the indexes of a <see cref="CounterMap{TAccount}"/> stand for.</summary>
/// <param name="Name">The label's name as a metric: reason, class.</param>
/// <param name="NameOf">The name of an index, which never changes.</param>
/// <param name="First">The first index that is counted.</param>
/// <param name="Count">How many indexes there are, those before the first among them. Metrics show each of them, also at zero.</param>
public sealed record CounterLabels(string Name, Func<int, string> NameOf, int First, int Count)
{
    /// <summary>Classes of status: 1xx to 5xx.</summary>
    public static CounterLabels Classes { get; } = new("class", static index => $"{index}xx", 1, 6);

    /// <summary>The members of an enumeration without gaps, in lower case, their words joined by hyphens.</summary>
    /// <param name="name">The label's name.</param>
    public static CounterLabels Of<TEnum>(string name)
        where TEnum : struct, Enum
    {
        string[] names = [.. Enum.GetNames<TEnum>().Select(JsonNamingPolicy.KebabCaseLower.ConvertName)];
        return new(name, index => names[index], 0, names.Length);
    }
}

/// <summary>Every number of an account. JSON, metrics and the account for people walk it.</summary>
/// <typeparam name="TAccount">The account.</typeparam>
/// <param name="Name">The beginning of its metrics' names; empty for none.</param>
/// <param name="Counters">The single numbers, in the order in which they are shown.</param>
/// <param name="Maps">The numbers by reason.</param>
/// <remarks>Thread safety: immutable.</remarks>
public sealed record CounterTable<TAccount>(
    string Name, IReadOnlyList<Counter<TAccount>> Counters, IReadOnlyList<CounterMap<TAccount>> Maps)
{
    /// <summary>The same table without some single numbers: those that another table of the same object has.</summary>
    public CounterTable<TAccount> Without(params IReadOnlyList<string> keys) =>
        this with { Counters = [.. Counters.Where(counter => !keys.Contains(counter.Key))] };

    /// <summary>The single numbers that a line of the account for people lists, in their order.</summary>
    public IEnumerable<(string Words, long Value)> ShownOn(string line, TAccount account) =>
        from counter in Counters
        where counter.Shown?.Line == line
        select (counter.Shown!.Value.Words, counter.Value(account));

    /// <summary>The numbers of one account as metrics.</summary>
    public IEnumerable<Metric> Read(TAccount account) => Read([(account, [])]);

    /// <summary>The numbers of several accounts as metrics. Every reason is there from the start, at zero, so that rates and alerts work
    /// from the first reading.</summary>
    /// <param name="accounts">Each with labels that tell it apart from the others.</param>
    public IEnumerable<Metric> Read(IReadOnlyList<(TAccount Account, (string Name, string Value)[] Labels)> accounts)
    {
        foreach (var counter in Counters.Where(counter => counter.Metric != ""))
        {
            yield return new(NameOf(counter.Key, counter.Metric), counter.Kind, counter.Help, [.. accounts.Select(
                each => new MetricSample(counter.Value(each.Account), each.Labels))]);
        }

        foreach (var map in Maps)
        {
            yield return new(NameOf(map.Key, map.Metric), CounterKind.Total, map.Help, [.. accounts.SelectMany(
                each => SamplesOf(map.Labels, map.Values(each.Account), each.Labels))]);
        }
    }

    private static IEnumerable<MetricSample> SamplesOf(CounterLabels map, IReadOnlyList<long> counts, (string, string)[] labels)
    {
        for (var index = map.First; index < map.Count; index++)
        {
            yield return new(index < counts.Count ? counts[index] : 0, [.. labels, (map.Name, map.NameOf(index))]);
        }
    }

    private string NameOf(string key, string? metric) =>
        metric ?? (Name.Length > 0 ? $"{Name}_" : "") + JsonNamingPolicy.SnakeCaseLower.ConvertName(key);
}

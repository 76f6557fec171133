using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Parallax.Recording.Entries;

namespace Parallax.Cli.CommandLine;

/// <summary>The options that select exchanges of a recording by number and time: the same ones for inspect, convert and replay.</summary>
internal sealed class SpanSwitches
{
    private readonly Option<long[]> _ids = new("--id")
    {
        Description = "only the exchange of this number; repeatable",
        HelpName = "N",
        CustomParser = Ids,
    };

    private readonly Setting<RecordedTime> _from = RecordedTime.Setting(
        "--from", "begin this far into the recording, or at this instant", "0s");

    private readonly Setting<RecordedTime> _until = RecordedTime.Setting(
        "--until", "end this far into the recording, or at this instant", "its end");

    /// <summary>The options.</summary>
    public IEnumerable<Option> All => [_ids, _from.Option, _until.Option];

    /// <summary>The numbers; empty for all.</summary>
    public HashSet<long> IdsOf(ParseResult parsed) => [.. parsed.GetValue(_ids) ?? []];

    /// <summary>The time.</summary>
    /// <exception cref="UsageException">It ends before it begins.</exception>
    public RecordedSpan SpanOf(ParseResult parsed)
    {
        var (from, until) = (_from.Of(parsed), _until.Of(parsed));
        if (_until.IsGiven(parsed) && until.IsNotBeyond(from))
        {
            throw new UsageException($"{_until.Option.Name}: must be later than {_from.Option.Name}");
        }

        return new()
        {
            From = from.Offset,
            FromInstant = from.Instant,
            To = _until.IsGiven(parsed) ? until.Offset : null,
            ToInstant = until.Instant,
        };
    }

    private static long[] Ids(ArgumentResult result)
    {
        foreach (var token in result.Tokens)
        {
            if (!long.TryParse(token.Value, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            {
                result.AddError($"--id: \"{token.Value}\" is not the number of an exchange; inspect --list shows them");
                return [];
            }
        }

        return [.. result.Tokens.Select(token => long.Parse(token.Value, CultureInfo.InvariantCulture))];
    }
}

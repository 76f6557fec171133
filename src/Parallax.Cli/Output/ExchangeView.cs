using Parallax.Recording.Entries;
using Parallax.Traffic.Exchanges;
using Parallax.Wire;

namespace Parallax.Cli.Output;

/// <summary>How <c>inspect</c> shows exchanges.</summary>
internal enum ExchangeForm
{
    /// <summary>Endpoints with counts and times.</summary>
    Summary,

    /// <summary>One JSON object.</summary>
    Json,

    /// <summary>A row each, see <see cref="ExchangeTable"/>.</summary>
    Table,

    /// <summary>A line each, see <see cref="ExchangeList"/>.</summary>
    List,
}

/// <summary>What <c>inspect</c> is asked for.</summary>
/// <param name="Form">How.</param>
/// <param name="Selection">Which exchanges.</param>
/// <param name="Top">How many endpoints a summary shows.</param>
/// <param name="IsQuiet">True without progress on standard error.</param>
internal sealed record InspectOptions(ExchangeForm Form, EntrySelection Selection, int Top, bool IsQuiet)
{
    /// <summary>True when lines are written while it is read.</summary>
    public bool WritesLines => Form is ExchangeForm.Table or ExchangeForm.List;

    /// <summary>True when progress can be shown: rows on a terminal would be mixed with it.</summary>
    public bool ShowsProgress => !IsQuiet && (!WritesLines || Console.IsOutputRedirected);
}

/// <summary>The exchanges that were asked for, on their way to the output.</summary>
/// <remarks>Thread safety: one thread adds; any may read how far it is.</remarks>
/// <param name="output">Where to.</param>
/// <param name="options">What is asked for.</param>
/// <param name="isOfRecording">True when exchanges come from a recording, false when from a capture.</param>
internal sealed class ExchangeView(TextWriter output, InspectOptions options, bool isOfRecording)
{
    private readonly ExchangeTable? _table = options.Form == ExchangeForm.Table ? new(output, isOfRecording) : null;
    private readonly ExchangeList? _list = options.Form == ExchangeForm.List ? new(output) : null;

    /// <summary>What is selected.</summary>
    public TrafficSummary Summary { get; } = new();

    /// <summary>Exchanges read.</summary>
    public long Read { get; private set; }

    public void WriteTitle()
    {
        _table?.WriteTitle();
        _list?.WriteTitle();
    }

    /// <summary>Takes note of an exchange and decides by number and time.</summary>
    /// <param name="facts">What is known of it.</param>
    /// <param name="begin">When the recording begins.</param>
    public bool Wants(in EntryFacts facts, Timestamp begin)
    {
        Read++;
        return options.Selection.Selects(facts, begin);
    }

    /// <summary>Shows an exchange if the rules select it.</summary>
    public void Add(Exchange exchange)
    {
        if (options.Selection.Selects(exchange))
        {
            Summary.Add(exchange);
            _table?.Write(exchange);
            _list?.Write(exchange);
        }
    }
}

using System.Text;
using Parallax.Recording.Entries;
using Parallax.Recording.JsonLines;
using Parallax.Recording.Redaction;
using Parallax.Runs.Capturing;
using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Policy;
using Parallax.Traffic.Queues;

namespace Parallax.Cli.Output;

/// <summary>How exchanges are printed.</summary>
internal sealed record PrintOptions
{
    /// <summary>One JSON object a line instead of text.</summary>
    public bool AsJson { get; init; }

    /// <summary>Replaces secrets; null shows them.</summary>
    public Redactor? Redactor { get; init; }

    /// <summary>Which bodies text shows.</summary>
    public ShownBodies Bodies { get; init; } = ShownBodies.Both;

    /// <summary>True for text with the colours of a terminal.</summary>
    public bool HasColours { get; init; }

    /// <summary>Which exchanges are printed.</summary>
    public ExchangeMatch Match { get; init; } = ExchangeMatch.Any;

    /// <summary>True when packets come as they are sent, so that a response may be long in coming.</summary>
    public bool IsLive { get; init; }

    /// <summary>True makes the one who offers wait for a slow reader instead of dropping: for files.</summary>
    public bool MayWait { get; init; }
}

/// <summary>Prints captured exchanges on standard output, for people or as JSON lines, on its own thread: a slow reader costs
/// exchanges, which are counted, never packets.</summary>
/// <remarks>Thread safety: exchanges are offered from any thread.</remarks>
internal sealed class ExchangePrinter : IExchangeSink, IDisposable
{
    private const int QueueItems = 10_000;
    private const long QueueBytes = 128 << 20;

    private readonly Stream _output;
    private readonly PrintOptions _options;
    private readonly CancellationToken _stop;
    private readonly Action _onClosed;
    private readonly SemaphoreSlim _there = new(0);
    private readonly SemaphoreSlim _room = new(0);
    private readonly BoundedQueue<PrintedExchange> _queue;
    private readonly WaitingPrints? _waiting;
    private readonly OutsideWork _work;
    private readonly ContiguousMessages _contiguous = new();
    private readonly MatchScratch _scratch = new();
    private readonly ExchangeText _text;
    private readonly JsonLinesWriter _json;
    private volatile bool _ending;
    private volatile bool _isGivenUp;
    private volatile IOException? _fault;
    private long _offered;
    private long _printed;
    private long _notMatched;
    private long _unwritten;
    private long _refused;

    /// <summary>Starts the printer.</summary>
    /// <param name="output">Where to; not disposed of.</param>
    /// <param name="options">What is printed, and how.</param>
    /// <param name="onClosed">Called once, from any thread, that the output can no longer be written; what is offered then is not
    /// printed.</param>
    /// <param name="stop">Ends the waiting for a slow reader.</param>
    public ExchangePrinter(Stream output, PrintOptions options, Action onClosed, CancellationToken stop)
    {
        _output = output;
        _options = options;
        _stop = stop;
        _onClosed = onClosed;
        _text = new ExchangeText(options.Bodies, options.HasColours);
        _json = new JsonLinesWriter(output);
        var needsResponses = options.Match.FindBeyond(KnownFacts.Request) is not null;
        _waiting = !options.IsLive || needsResponses ? null : new WaitingPrints(TimeProvider.System);
        _queue = new(QueueItems, options.MayWait ? long.MaxValue / 4 : QueueBytes, new DropCounters(), () => _there.Release());
        _work = new("print", Print);
    }

    // A request that is not answered yet, or an exchange.
    private readonly record struct PrintedExchange(Exchange Exchange, bool IsOver);

    /// <inheritdoc/>
    public bool NeedsResponseBodies => _options.AsJson || _options.Bodies is ShownBodies.Both or ShownBodies.Response
        || _options.Match.FindBeyond(KnownFacts.Request) is not null;

    public PrintAccount Account
    {
        get
        {
            var (printed, notMatched) = (Volatile.Read(ref _printed), Volatile.Read(ref _notMatched));
            var dropped = _isGivenUp
                ? Volatile.Read(ref _offered) - printed - notMatched
                : Volatile.Read(ref _refused) + Volatile.Read(ref _unwritten);
            return new(printed, notMatched, dropped, _fault);
        }
    }

    /// <inheritdoc/>
    public void Announce(Message request, in RequestContext context)
    {
        if (_waiting is null)
        {
            return;
        }

        var exchange = new Exchange { Id = context.ExchangeId, Session = context.Session, Client = context.Client, Server = default };
        exchange.SetRequest(request.Retain());
        if (_queue.Offer(new PrintedExchange(exchange, IsOver: false), request.RawOctets) != DropReason.None)
        {
            exchange.Dispose();
        }
    }

    /// <inheritdoc/>
    public void Offer(Exchange exchange)
    {
        Interlocked.Increment(ref _offered);
        while (_options.MayWait && (_queue.Items > QueueItems / 2 || _queue.Bytes > QueueBytes / 2)
            && !_ending && !_stop.IsCancellationRequested)
        {
            _room.Wait(TimeSpan.FromMilliseconds(10));
        }

        var retained = exchange.Retained();
        var octets = (exchange.Request?.RawOctets ?? 0) + (exchange.Response?.RawOctets ?? 0);
        if (_queue.Offer(new PrintedExchange(retained, IsOver: true), octets) != DropReason.None)
        {
            Interlocked.Increment(ref _refused);
            retained.Dispose();
        }
    }

    /// <summary>Prints what is queued and ends. A second call does nothing.</summary>
    /// <param name="giveUp">Ends the waiting for a reader that hangs: what is not printed then is counted as dropped.</param>
    public void End(CancellationToken giveUp)
    {
        if (_ending)
        {
            return;
        }

        _ending = true;
        _queue.Complete();
        _there.Release();
        if (!_work.AwaitEnd(giveUp))
        {
            _isGivenUp = true;
        }
    }

    /// <summary>Ends it, and waits as long as it takes.</summary>
    public void Dispose() => End(CancellationToken.None);

    private void Print()
    {
        var isOpen = true;
        while (true)
        {
            while (_queue.TryTake(out var next))
            {
                if (isOpen && !_isGivenUp)
                {
                    isOpen = TryTake(next);
                }
                else
                {
                    next.Exchange.Dispose();
                    isOpen = false;
                }

                _unwritten += isOpen || !next.IsOver ? 0 : 1;
            }

            while (isOpen && !_isGivenUp && _waiting is not null && _waiting.TryTakeDue(out var due))
            {
                using (due)
                {
                    isOpen = TryPrint(due, isOver: false);
                }
            }

            if (!isOpen || _isGivenUp)
            {
                _waiting?.Clear();
            }

            if (_room.CurrentCount == 0)
            {
                _room.Release();
            }

            if (_ending && _queue.Items == 0)
            {
                _waiting?.Clear();
                return;
            }

            _there.Wait(_waiting?.NextIn ?? Timeout.InfiniteTimeSpan);
        }
    }

    private bool TryTake(in PrintedExchange item)
    {
        if (!item.IsOver)
        {
            _waiting!.Add(item.Exchange);
            return true;
        }

        using var exchange = item.Exchange;
        if (_waiting?.WasPrinted(exchange.Id) == true && exchange.Response is null)
        {
            Interlocked.Increment(ref _printed);
            return true;
        }

        return TryPrint(exchange, isOver: true);
    }

    /// <summary>False when nobody reads it any longer (the pipe is closed), or the disk is full.</summary>
    private bool TryPrint(Exchange exchange, bool isOver)
    {
        if (!_options.Match.Matches(ExchangeFacts.Of(exchange), _scratch))
        {
            _notMatched += isOver ? 1 : 0;
            return true;
        }

        try
        {
            var isWritten = TryWrite(exchange, isOver);
            if (isOver)
            {
                Interlocked.Increment(ref isWritten ? ref _printed : ref _unwritten);
            }
            else if (isWritten)
            {
                _waiting!.OnPrinted(exchange.Id);
            }

            return true;
        }
        catch (IOException fault)
        {
            _fault = fault;
            _onClosed();
            return false;
        }
    }

    // False when it is too large to be looked at as a whole.
    private bool TryWrite(Exchange exchange, bool isOver)
    {
        if (!_contiguous.TryMake(EntryFacts.Of(exchange), exchange.Request, exchange.Response, out var entry))
        {
            return false;
        }

        var shown = _options.Redactor is { } redactor ? redactor.Redact(entry) : entry;
        if (!_options.AsJson)
        {
            _output.Write(Encoding.UTF8.GetBytes(_text.Of(shown, isOver)));
            return true;
        }

        if (isOver)
        {
            _json.TryWrite(shown);
        }
        else
        {
            _json.WriteRequest(shown);
        }

        _json.Finish();

        return true;
    }
}

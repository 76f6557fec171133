using System.Collections.Concurrent;
using Parallax.Capture.Pipeline;
using Parallax.Capture.Sources;
using Parallax.Recording.Entries;
using Parallax.Runs.Capturing;
using Parallax.Traffic.Exchanges;

namespace Parallax.Runs.Replaying;

/// <summary>The exchanges in the files of a capture, read like those of a recording: a thread puts them together, some ahead.</summary>
/// <remarks>Thread safety: none.</remarks>
internal sealed class CaptureEntries : IRecordingReader
{
    private const int ExchangesAhead = 1024;

    private readonly ContiguousMessages _contiguous = new();
    private readonly BlockingCollection<Exchange> _ahead = new(ExchangesAhead);
    private readonly CancellationTokenSource _ended = new();
    private readonly FileCapture _capture;
    private readonly Action<CaptureAccount> _tell;
    private CaptureAccount? _account;
    private Exception? _fault;
    private long _tooLarge;

    /// <param name="paths">The files, in any order.</param>
    /// <param name="tell">Called with the account when everything was read.</param>
    /// <exception cref="CaptureException">A file cannot be read.</exception>
    public CaptureEntries(IReadOnlyList<string> paths, Action<CaptureAccount> tell)
    {
        _tell = tell;
        _capture = new(paths, new() { KeepResponseBodies = true }, new Consumer(this));
        new Thread(ReadCapture) { Name = "replay-capture", IsBackground = true }.Start();
    }

    public long ReadBytes => _capture.ReadBytes;

    public RecordingLosses Losses => new(0, _tooLarge);

    public bool TryRead(out RecordedEntry entry)
    {
        while (_ahead.TryTake(out var exchange, Timeout.Infinite))
        {
            using (exchange)
            {
                if (_contiguous.TryMake(EntryFacts.Of(exchange), exchange.Request, exchange.Response, out entry))
                {
                    return true;
                }

                _tooLarge++;
            }
        }

        entry = default;
        if (_account is { } account)
        {
            _account = null;
            _tell(account);
        }

        return _fault switch
        {
            null => false,
            CaptureException broken => throw new RecordingException(broken.Message, broken),

            // Not of the file: it ends the run as any fault of the program.
            _ => throw new InvalidOperationException("Exchanges could not be put together.", _fault),
        };
    }

    public void Dispose()
    {
        _ended.Cancel();
        while (_ahead.TryTake(out var exchange, Timeout.Infinite))
        {
            exchange.Dispose();
        }

        _ended.Dispose();
        _ahead.Dispose();
    }

    private void ReadCapture()
    {
        try
        {
            using (_capture)
            {
                _capture.Run(_ended.Token);
                _account = _capture.Account;
            }
        }
        catch (Exception fault)
        {
            // The root of the thread: who reads throws it.
            _fault = fault;
        }
        finally
        {
            _ahead.CompleteAdding();
        }
    }

    private sealed class Consumer(CaptureEntries entries) : ExchangeConsumer
    {
        public override void OnRequest(Message request, in RequestContext context)
        {
        }

        // It is given back after this call.
        public override void OnExchange(Exchange exchange) => entries._ahead.Add(exchange.Retained());

        public override void OnSessionEnded(long session)
        {
        }
    }
}

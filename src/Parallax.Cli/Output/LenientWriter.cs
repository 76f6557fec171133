using System.Text;
using Parallax.Traffic.Queues;

namespace Parallax.Cli.Output;

/// <summary>Writes what can be written and forgets the rest: a standard error that is closed, full, or a pipe that nobody reads must hold
/// up neither traffic nor the end.</summary>
/// <remarks>Its own thread writes. A thread that has something to say waits for that, so that lines stand in their order among those
/// of
/// standard output, but not for long: as long as the thread hangs nobody waits, and what goes beyond 1 Mi characters is forgotten. Thread
/// safety: any thread.</remarks>
internal sealed class LenientWriter : TextWriter
{
    private const int MaxWaiting = 1 << 20;

    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);

    private static readonly TimeSpan PatienceAtTheEnd = TimeSpan.FromSeconds(1);

    private readonly TextWriter _inner;
    private readonly OutsideWork _work;
    private readonly object _gate = new();

    // All under the gate.
    private readonly Queue<string> _waiting = new();
    private int _waitingCharacters;
    private long _accepted;
    private long _done;
    private bool _hangs;
    private bool _ending;

    /// <param name="inner">What is written to, by one thread; not disposed of.</param>
    public LenientWriter(TextWriter inner)
    {
        _inner = inner;
        _work = new("errors", Run);
    }

    public override Encoding Encoding => _inner.Encoding;

    public override void Write(char value) => Write(value.ToString());

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    public override void Write(ReadOnlySpan<char> buffer) => Write(buffer.ToString());

    public override void WriteLine() => Write(NewLine);

    /// <summary>Writes one line, whatever a stranger put into it.</summary>
    public override void WriteLine(string? value) => Write(OneLine.Of(value ?? "") + NewLine);

    public override void Write(string? value)
    {
        if (string.IsNullOrEmpty(value))
        {
            return;
        }

        lock (_gate)
        {
            if (_ending || _waitingCharacters + value.Length > MaxWaiting)
            {
                return;
            }

            _waiting.Enqueue(value);
            _waitingCharacters += value.Length;
            var number = ++_accepted;
            Monitor.PulseAll(_gate);
            while (_done < number && !_hangs)
            {
                _hangs = !Monitor.Wait(_gate, Patience) && _done < number;
            }
        }
    }

    /// <summary>Writes what waits, for a second at most.</summary>
    protected override void Dispose(bool disposing)
    {
        lock (_gate)
        {
            _ending = true;
            Monitor.PulseAll(_gate);
        }

        using var patience = new CancellationTokenSource(PatienceAtTheEnd);
        _work.AwaitEnd(patience.Token);
        base.Dispose(disposing);
    }

    private void Run()
    {
        while (TryTake(out var text))
        {
            try
            {
                _inner.Write(text);
                _inner.Flush();
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                // There is nowhere left to say so. A descriptor that was closed before the start counts as "unauthorized".
            }
        }
    }

    private bool TryTake(out string text)
    {
        lock (_gate)
        {
            // What was taken before is done.
            _done = _accepted - _waiting.Count;
            _hangs = false;
            Monitor.PulseAll(_gate);
            while (_waiting.Count == 0 && !_ending)
            {
                Monitor.Wait(_gate);
            }

            if (_waiting.TryDequeue(out text!))
            {
                _waitingCharacters -= text.Length;
                return true;
            }

            return false;
        }
    }
}

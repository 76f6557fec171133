using Parallax.Recording.Entries;
using Parallax.Recording.Files;
using Parallax.Shadows.Delivery;
using Parallax.Traffic.Exchanges;
using Parallax.Wire;

namespace Parallax.Runs.Capturing;

/// <summary>Puts exchanges and what shadows of their requests answered together, and has them recorded then.</summary>
/// <remarks>Each shadow that a target took ends once, after its time limits at the latest, so an exchange needs no time limit of its own.
/// Beyond the bounds it is recorded at once, with the shadows that have come; the others are counted. Lock order: its own, then the
/// recorder's queue. Thread safety: any thread.</remarks>
/// <param name="recorder">Records.</param>
/// <param name="clock">Says what time it is.</param>
internal sealed class AwaitedShadows(Recorder recorder, TimeProvider clock)
{
    private const long MaxAnswerBytes = 64 << 20;

    private readonly Lock _gate = new();
    private readonly OctetPool _answers = new(MaxAnswerBytes);
    private readonly Dictionary<long, Awaited> _awaited = [];
    private long _bytes;
    private int _over;

    /// <summary>Requests and exchanges that may wait; 10,000 by default.</summary>
    public int MaxWaiting { get; init; } = 10_000;

    /// <summary>Bytes of exchanges that may wait; 64 MiB by default.</summary>
    public long MaxBytes { get; init; } = 64 << 20;

    /// <summary>True when half of what may wait waits for shadows alone: who can wait, waits.</summary>
    public bool IsHalfFull
    {
        get
        {
            lock (_gate)
            {
                return _over > MaxWaiting / 2 || _bytes > MaxBytes / 2;
            }
        }
    }

    /// <summary>The mirrors, their answers kept and their outcomes told to this.</summary>
    /// <param name="mirrors">The mirrors.</param>
    /// <param name="maxBodyBytes">The largest body kept of an answer; heads come to it.</param>
    public MirroringOptions Watch(MirroringOptions mirrors, long maxBodyBytes)
    {
        const int HeadBytes = 256 << 10;
        return mirrors with { Mirrors = [.. mirrors.Mirrors.Select(Watched)] };

        MirrorOptions Watched(MirrorOptions mirror) => mirror with
        {
            Target = mirror.Target with
            {
                Options = mirror.Target.Options with { KeptAnswerBytes = (int)Math.Min(maxBodyBytes + HeadBytes, Array.MaxLength) },
                AnswerPool = _answers,
                Observer = mirror.Target.Observer + OnOutcome,
            },
        };
    }

    /// <summary>A request is about to be offered to the mirrors.</summary>
    public void Begin(long exchange)
    {
        lock (_gate)
        {
            if (_awaited.Count < MaxWaiting)
            {
                _awaited.TryAdd(exchange, new());
            }
        }
    }

    /// <summary>Says how many targets took it.</summary>
    public void Expect(long exchange, int shadows)
    {
        lock (_gate)
        {
            if (!_awaited.TryGetValue(exchange, out var awaited))
            {
                recorder.CountMissing(MissingShadow.WaitLimit, shadows);
            }
            else if (shadows == 0)
            {
                _awaited.Remove(exchange);
            }
            else
            {
                awaited.Expected = shadows;
            }
        }
    }

    /// <summary>An exchange is over.</summary>
    /// <param name="exchange">Still the caller's; its messages are retained.</param>
    public void Offer(Exchange exchange)
    {
        lock (_gate)
        {
            if (!_awaited.TryGetValue(exchange.Id, out var awaited))
            {
                recorder.Offer(exchange);
                return;
            }

            awaited.Exchange = exchange.Retained();
            awaited.Bytes = (exchange.Request?.HeldBytes ?? 0) + (exchange.Response?.HeldBytes ?? 0);
            _bytes += awaited.Bytes;
            _over++;
            if (_bytes > MaxBytes)
            {
                recorder.CountMissing(MissingShadow.MemoryLimit, awaited.Left);
                Record(exchange.Id, awaited);
            }
            else
            {
                RecordWhenWhole(exchange.Id, awaited);
            }
        }
    }

    /// <summary>No more will come: what waits is recorded with what is there. All targets have ended.</summary>
    public void End()
    {
        lock (_gate)
        {
            foreach (var (id, awaited) in _awaited.ToList())
            {
                Record(id, awaited);
            }
        }
    }

    private static byte FailureOf(in ShadowOutcome outcome) => outcome.Result switch
    {
        ShadowResult.Failed => (byte)outcome.Failure,
        ShadowResult.Dropped => ShadowFailures.Of(outcome.Drop),
        _ when outcome.Answer is null => ShadowFailures.NotKept,
        _ when outcome.IsAnswerCut || !outcome.Answer.IsComplete => ShadowFailures.Cut,
        _ => 0,
    };

    private void OnOutcome(ShadowTargetConfig target, in ShadowOutcome outcome)
    {
        lock (_gate)
        {
            var id = outcome.Context.ExchangeId;
            if (!_awaited.TryGetValue(id, out var awaited))
            {
                return;
            }

            // The times of a loop have no date.
            var now = (clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;
            var sent = outcome.SentAt == 0 ? default : new Timestamp(now - (outcome.EndedAt - outcome.SentAt));
            var failure = FailureOf(outcome);
            recorder.CountMissing(MissingShadow.AnswerMemory, failure == ShadowFailures.NotKept ? 1 : 0);
            awaited.Answers.Add(new(target.Name, failure, sent, new(now), outcome.Answer?.Retain()));
            RecordWhenWhole(id, awaited);
        }
    }

    private void RecordWhenWhole(long id, Awaited awaited)
    {
        if (awaited.Exchange is not null && awaited.Left == 0)
        {
            Record(id, awaited);
        }
    }

    private void Record(long id, Awaited awaited)
    {
        _awaited.Remove(id);
        if (awaited.Exchange is not { } exchange)
        {
            awaited.Answers.Dispose();
            return;
        }

        _bytes -= awaited.Bytes;
        _over--;
        recorder.Offer(EntryFacts.Of(exchange), exchange.Request?.Retain(), exchange.Response?.Retain(), awaited.Answers);
        exchange.Dispose();
    }

    private sealed class Awaited
    {
        public ShadowAnswers Answers { get; } = new();

        /// <summary>How many come; not known before all mirrors were asked.</summary>
        public int? Expected { get; set; }

        public int Left => Expected is { } expected ? expected - Answers.Count : 1;

        public Exchange? Exchange { get; set; }

        public long Bytes { get; set; }
    }
}

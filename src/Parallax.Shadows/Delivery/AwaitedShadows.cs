using Parallax.Recording.Entries;
using Parallax.Recording.Files;
using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Queues;
using Parallax.Wire;

namespace Parallax.Shadows.Delivery;

/// <summary>Puts exchanges and what shadows of their requests answered together, and has them recorded then.</summary>
/// <remarks>
/// <para>For each request: <see cref="Begin"/> before it is offered to targets, <see cref="Expect"/> afterwards, then
/// <see cref="Offer(Exchange)"/> when its exchange is over, or <see cref="Forget"/> when that is not recorded. A request that was not begun
/// has no shadows.</para>
/// <para>Each shadow that a target took ends once, after its time limits at the latest, so an exchange needs no further time limit.
/// Beyond the bounds it is recorded at once, with the shadows that have come; the others are counted. Lock order: its own, then the
/// recorder's queue. Thread safety: any thread.</para>
/// </remarks>
public sealed class AwaitedShadows
{
    private readonly Recorder _recorder;
    private readonly TimeProvider _clock;
    private readonly long _maxBytes;
    private readonly long _maxBodyBytes;
    private readonly OctetPool _answers;
    private readonly Lock _gate = new();
    private readonly Dictionary<long, Awaited> _awaited = [];
    private long _bytes;
    private int _over;

    /// <summary>Prepares waiting.</summary>
    /// <param name="recorder">Records; the caller's.</param>
    /// <param name="maxBytes">Bytes of exchanges that may wait, and bytes of answers.</param>
    /// <param name="maxBodyBytes">The largest body kept of an answer, framing included; a longer answer is cut.</param>
    /// <param name="clock">Says what time it is.</param>
    public AwaitedShadows(Recorder recorder, long maxBytes, long maxBodyBytes, TimeProvider clock)
    {
        _recorder = recorder;
        _clock = clock;
        _maxBytes = Math.Min(maxBytes, MaxBytes);
        _maxBodyBytes = maxBodyBytes;
        _answers = new(_maxBytes);
    }

    /// <summary>The most bytes of exchanges that may wait, whatever is given: 64 MiB.</summary>
    public static long MaxBytes => 64 << 20;

    /// <summary>Requests and exchanges that may wait; 10,000 by default.</summary>
    public int MaxWaiting { get; init; } = 10_000;

    /// <summary>True when half of what may wait waits for shadows alone: who can wait, waits.</summary>
    public bool IsHalfFull
    {
        get
        {
            lock (_gate)
            {
                return _over > MaxWaiting / 2 || _bytes > _maxBytes / 2;
            }
        }
    }

    /// <summary>The configuration of a target whose answers are kept and whose outcomes are told to this.</summary>
    public ShadowTargetConfig Watched(ShadowTargetConfig target)
    {
        ArgumentNullException.ThrowIfNull(target);
        return target with
        {
            Options = target.Options with { KeptAnswerBytes = Array.MaxLength, CutAnswerBodyBytes = _maxBodyBytes },
            AnswerPool = _answers,
            Observer = target.Observer + OnOutcome,
        };
    }

    /// <summary>A request is about to be offered to targets.</summary>
    /// <param name="exchange">Its number, see <see cref="RequestContext.ExchangeId"/>.</param>
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

    /// <summary>Says how many shadows of a request end, by an outcome or by <see cref="Refuse"/>.</summary>
    public void Expect(long exchange, int shadows)
    {
        lock (_gate)
        {
            if (!_awaited.TryGetValue(exchange, out var awaited))
            {
                _recorder.CountMissing(MissingShadow.WaitLimit, shadows);
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

    /// <summary>A shadow was expected, and its target did not take it.</summary>
    public void Refuse(long exchange, string target, DropReason reason)
    {
        lock (_gate)
        {
            if (_awaited.TryGetValue(exchange, out var awaited))
            {
                Add(exchange, awaited, new(target, ShadowFailures.Of(reason), default, Now, Answer: null));
            }
        }
    }

    /// <summary>The exchange of a request is not recorded.</summary>
    public void Forget(long exchange)
    {
        lock (_gate)
        {
            if (_awaited.Remove(exchange, out var awaited))
            {
                awaited.Answers.Dispose();
            }
        }
    }

    /// <summary>An exchange is over.</summary>
    /// <param name="exchange">Still the caller's; its messages are retained.</param>
    public void Offer(Exchange exchange)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        Offer(EntryFacts.Of(exchange), exchange.Request?.Retain(), exchange.Response?.Retain());
    }

    /// <summary>An exchange is over.</summary>
    /// <param name="facts">What is known of it.</param>
    /// <param name="request">The request; one reference is taken over. Null when it was not seen.</param>
    /// <param name="response">The response; one reference is taken over. Null when it was not seen.</param>
    public void Offer(in EntryFacts facts, Message? request, Message? response)
    {
        lock (_gate)
        {
            if (!_awaited.TryGetValue(facts.Id, out var awaited))
            {
                _recorder.Offer(facts, request, response);
                return;
            }

            (awaited.IsOver, awaited.Facts, awaited.Request, awaited.Response) = (true, facts, request, response);
            _bytes += awaited.Bytes;
            _over++;
            if (_bytes > _maxBytes && awaited.Left > 0)
            {
                _recorder.CountMissing(MissingShadow.MemoryLimit, awaited.Left);
                Record(facts.Id, awaited);
            }
            else
            {
                RecordWhenWhole(facts.Id, awaited);
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

    private Timestamp Now => new((_clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick);

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
            var now = Now;
            var sent = outcome.SentAt == 0 ? default : new Timestamp(now.Nanoseconds - (outcome.EndedAt - outcome.SentAt));
            var failure = FailureOf(outcome);
            _recorder.CountMissing(MissingShadow.AnswerMemory, failure == ShadowFailures.NotKept ? 1 : 0);
            Add(id, awaited, new(target.Name, failure, sent, now, outcome.Answer?.Retain()));
        }
    }

    private void Add(long id, Awaited awaited, in ShadowAnswer answer)
    {
        awaited.Answers.Add(answer);
        RecordWhenWhole(id, awaited);
    }

    private void RecordWhenWhole(long id, Awaited awaited)
    {
        if (awaited.IsOver && awaited.Left == 0)
        {
            Record(id, awaited);
        }
    }

    private void Record(long id, Awaited awaited)
    {
        _awaited.Remove(id);
        if (!awaited.IsOver)
        {
            awaited.Answers.Dispose();
            return;
        }

        _bytes -= awaited.Bytes;
        _over--;
        _recorder.Offer(awaited.Facts, awaited.Request, awaited.Response, awaited.Answers);
    }

    private sealed class Awaited
    {
        public ShadowAnswers Answers { get; } = new();

        /// <summary>How many come; not known before all mirrors were asked.</summary>
        public int? Expected { get; set; }

        public int Left => Expected is { } expected ? expected - Answers.Count : 1;

        public bool IsOver { get; set; }

        public EntryFacts Facts { get; set; }

        public Message? Request { get; set; }

        public Message? Response { get; set; }

        public long Bytes => (Request?.HeldBytes ?? 0) + (Response?.HeldBytes ?? 0);
    }
}

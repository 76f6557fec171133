namespace Parallax.Fuzz.Engine;

/// <summary>Changes inputs of a target and gives them to it. The same seed makes the same inputs in the same order.</summary>
/// <remarks>Input number n follows from the seed, n, and what the inputs before it came to. Thread safety: none, but for
/// <see cref="Inputs"/>.</remarks>
internal sealed class Fuzzer
{
    private const int MaxKept = 2_000;
    private const int MaxFinds = 20;

    private readonly FuzzTarget _target;
    private readonly int _seed;
    private readonly Trial _trial;
    private readonly Mutator _mutator;
    private readonly List<byte[]> _kept = [];
    private readonly HashSet<ulong> _outcomes = [];
    private readonly HashSet<string> _kinds = [];
    private long _inputs;

    /// <summary>A run of a target.</summary>
    /// <param name="target">The target.</param>
    /// <param name="seed">Any number.</param>
    public Fuzzer(FuzzTarget target, int seed)
    {
        _target = target;
        _seed = seed;
        _trial = new(target);
        _mutator = new(target.Words, target.MaxInputBytes);
    }

    /// <summary>Called with each input before it is tried: should the process end, it is known why.</summary>
    public Action<byte[]> OnInput { get; init; } = _ => { };

    /// <summary>How many inputs were tried. Any thread.</summary>
    public long Inputs => Volatile.Read(ref _inputs);

    /// <summary>How many different outcomes there were.</summary>
    public int Outcomes => _outcomes.Count;

    /// <summary>What was found; of each kind the first.</summary>
    public List<Find> Finds { get; } = [];

    /// <summary>Tries the seeds as they are, then changed ones.</summary>
    /// <param name="goesOn">Asked before each input, with the number of those done.</param>
    public void Run(Func<long, bool> goesOn)
    {
        foreach (var seed in _target.Seeds)
        {
            Try(seed, isKept: true);
        }

        while (Finds.Count < MaxFinds && goesOn(_inputs))
        {
            var random = new Random(unchecked((_seed * 1_000_003) + (int)_inputs));
            var changed = _mutator.Change(Choose(random), Choose(random), random);
            Try(_target.Repair(changed), isKept: false);
        }
    }

    // The latest are the furthest from the seeds; the seeds stay first.
    private byte[] Choose(Random random) => random.Next(3) switch
    {
        0 => _target.Seeds[random.Next(_target.Seeds.Count)],
        1 => _kept[^random.Next(1, Math.Min(_kept.Count, 50) + 1)],
        _ => _kept[random.Next(_kept.Count)],
    };

    private void Try(byte[] input, bool isKept)
    {
        OnInput(input);
        var found = _trial.Run(input);
        var isNew = found is null && _outcomes.Add(_trial.Outcome.Value);
        if (isKept || (isNew && _kept.Count < MaxKept))
        {
            _kept.Add(input);
        }
        else if (isNew)
        {
            _kept[_target.Seeds.Count + (int)(_inputs % (MaxKept - _target.Seeds.Count))] = input;
        }

        if (found is { } kind && _kinds.Add(kind.Kind))
        {
            var shortest = Minimiser.Shorten(input, each => _trial.Run(each)?.Kind == kind.Kind);
            Finds.Add(new(_target.Name, _seed, _inputs, shortest, kind.Kind, _trial.Run(shortest)?.Message ?? kind.Message));
        }

        Volatile.Write(ref _inputs, _inputs + 1);
    }
}

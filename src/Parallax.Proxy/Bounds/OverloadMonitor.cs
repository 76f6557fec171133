using Parallax.Proxy.Accounts;
using Parallax.Shadows.Clients;

namespace Parallax.Proxy.Bounds;

/// <summary>Looks several times a second at what is scarce, and has the loops take the <see cref="OverloadStep"/> that fits: shadows
/// give way first, then idle clients, then new ones. As Envoy's overload manager.</summary>
/// <remarks>Thread safety: <see cref="Look"/> belongs to one thread; all else may be read from any.</remarks>
internal sealed class OverloadMonitor(ProxyOptions options, ConnectionGate gate, ConnectionShare shadows)
{
    /// <summary>How often to look.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    // Garbage counts as long as nobody has collected it: that is done before anybody has to give way for long, but seldom.
    private const double WorthCollecting = 0.9;
    private static readonly long CollectInterval = (long)TimeSpan.FromSeconds(10).TotalNanoseconds;

    private readonly ResourceLimits _limits = options.Resources;
    private readonly long[] _begun = new long[OverloadSteps.Count];
    private int _step;
    private long _nextCollection;

    /// <summary>The step in force.</summary>
    public OverloadStep Step => (OverloadStep)Volatile.Read(ref _step);

    /// <summary>How often each step began.</summary>
    public long[] Begun => [.. _begun.Select((_, index) => Volatile.Read(ref _begun[index]))];

    /// <summary>Octets held for clients, in bytes.</summary>
    public long ClientBytes => gate.Loops.Sum(loop => loop.Memory.Bytes);

    /// <summary>Looks once.</summary>
    /// <param name="now">Monotonic nanoseconds.</param>
    public void Look(long now)
    {
        var before = Step;
        var exhausted = gate.TakeExhausted();
        var step = OverloadSteps.Next(before, PressureAt(now));
        if (exhausted > 0 && step == OverloadStep.None)
        {
            // Whatever the others are that took it: shadows must not add to that.
            step = OverloadStep.ShedShadows;
        }

        if (step != before)
        {
            Begin(before, step);
        }
    }

    private double PressureAt(long now)
    {
        var part = (double)_limits.MaxClientBytes / gate.Loops.Count;
        var octets = gate.Loops.Max(loop => loop.Memory.Bytes / part);

        // All connections there may be are no danger: idle ones make room, and others are refused one by one.
        var connections = gate.Fraction < 1 ? 0 : OverloadSteps.BeginOf(OverloadStep.ShedShadows);
        return Math.Max(connections, Math.Max(octets, HeapAt(now)));
    }

    private double HeapAt(long now)
    {
        var used = (double)GC.GetTotalMemory(forceFullCollection: false) / _limits.MaxHeapBytes;
        if (used < WorthCollecting || now < _nextCollection)
        {
            return used;
        }

        _nextCollection = now + CollectInterval;
#pragma warning disable RS0030 // The runtime collects on allocation, and a proxy that gives way allocates next to nothing.
        GC.Collect();
#pragma warning restore RS0030
        return (double)GC.GetTotalMemory(forceFullCollection: false) / _limits.MaxHeapBytes;
    }

    private void Begin(OverloadStep before, OverloadStep step)
    {
        for (var begun = before + 1; begun <= step; begun++)
        {
            Interlocked.Increment(ref _begun[(int)begun]);
        }

        Volatile.Write(ref _step, (int)step);
        shadows.IsClosed = step >= OverloadStep.ShedShadows;
        gate.IsClosed = step >= OverloadStep.Refuse;
        foreach (var loop in gate.Loops)
        {
            loop.OnOverload(step);
        }

        Notice(step);
    }

    private void Notice(OverloadStep step) => options.Notice?.Invoke(step == OverloadStep.None
        ? "no longer short of connections or memory"
        : $"short of connections or memory, {OverloadSteps.NameOf(step)}: {gate.Clients} connections of clients, "
            + $"{gate.Primaries} to primaries, {shadows.Used} to shadows, {ClientBytes >> 20} MiB held for clients, "
            + $"a heap of {GC.GetTotalMemory(false) >> 20} MiB");
}

namespace Parallax.Proxy.Accounts;

/// <summary>What a proxy does that is short of connections or memory; each step does what those before it do, too.</summary>
public enum OverloadStep : byte
{
    /// <summary>Nothing: it is not short.</summary>
    None,

    /// <summary>No more copies are made, and idle connections to shadows are closed.</summary>
    ShedShadows,

    /// <summary>Idle connections of clients are closed, and the others when their request is answered.</summary>
    CloseIdle,

    /// <summary>New connections of clients are refused.</summary>
    Refuse,
}

/// <summary>The steps, their stable names, and when each begins and ends.</summary>
/// <remarks>Thread safety: pure functions.</remarks>
public static class OverloadSteps
{
    // A step that has begun ends this much below where it begins, so that it does not come and go.
    private const double Hysteresis = 0.05;

    private static readonly string[] Names = ["none", "shed-shadows", "close-idle", "refuse"];

    // Above what idle connections are kept below, which is not a shortage.
    private static readonly double[] Begins = [0, 0.95, 0.97, 0.99];

    /// <summary>How many steps there are, <see cref="OverloadStep.None"/> among them.</summary>
    public static int Count => Names.Length;

    /// <summary>The name used in the account and in metrics; it never changes.</summary>
    public static string NameOf(OverloadStep step) => Names[(int)step];

    /// <summary>The pressure at which a step begins.</summary>
    public static double BeginOf(OverloadStep step) => Begins[(int)step];

    /// <summary>The step after this one.</summary>
    /// <param name="step">The step at hand.</param>
    /// <param name="pressure">How much of what may be used is used, of whatever is scarcest: 0 to 1.</param>
    public static OverloadStep Next(OverloadStep step, double pressure)
    {
        var next = Names.Length - 1;
        while (next > 0 && pressure < Begins[next] - (next <= (int)step ? Hysteresis : 0))
        {
            next--;
        }

        return (OverloadStep)next;
    }
}

namespace Parallax.Benchmarks.Commands;

/// <summary>A measurement in which the program had a fault is none.</summary>
internal static class Faults
{
    /// <summary>Says the fault and ends the process.</summary>
    public static void End(Exception fault)
    {
        Console.Error.WriteLine(fault);
        Environment.Exit(1);
    }
}

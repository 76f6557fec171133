using System.Diagnostics;

namespace Parallax.Runs.Running;

/// <summary>Says what traffic, names or documents can make happen again and again: so many lines a minute of one kind; the rest is counted,
/// and told when the minute is over.</summary>
/// <remarks>Ownership: its timer ends with <see cref="Dispose"/>, which tells what was counted last. Thread safety: any thread.</remarks>
public sealed class LineLimiter : IDisposable
{
    /// <summary>Lines of one kind within a minute: 10.</summary>
    public const int LinesAMinute = 10;

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly Action<string> _say;
    private readonly ITimer _timer;
    private readonly Lock _gate = new();

    // Under the gate. Kinds are words of this program, so there are few.
    private readonly Dictionary<string, (int Said, long More)> _kinds = [];

    /// <summary>Creates it; its timer begins.</summary>
    /// <param name="say">Writes a line.</param>
    /// <param name="clock">Where time comes from.</param>
    public LineLimiter(Action<string> say, TimeProvider clock)
    {
        _say = say;
        _timer = clock.CreateTimer(_ => EndMinute(), null, Minute, Minute);
    }

    /// <summary>Says the line, or counts it.</summary>
    /// <param name="kind">A word of this program, never of a stranger.</param>
    /// <param name="line">What to say.</param>
    public void Say(string kind, string line)
    {
        lock (_gate)
        {
            var (said, more) = _kinds.GetValueOrDefault(kind);
            _kinds[kind] = said < LinesAMinute ? (said + 1, more) : (said, more + 1);
            if (said >= LinesAMinute)
            {
                return;
            }
        }

        _say(line);
    }

    /// <summary>Says a fault of the program in one line: its kind, its message and where it came from, without the trace.</summary>
    public void SayFault(string what, Exception fault) => Say(what, $"{what}: {fault.GetType().Name}: {fault.Message}{PlaceOf(fault)}");

    /// <inheritdoc/>
    public void Dispose()
    {
        _timer.Dispose();
        EndMinute();
    }

    private static string PlaceOf(Exception fault)
    {
        var places = new StackTrace(fault).GetFrames()
            .Select(DiagnosticMethodInfo.Create)
            .OfType<DiagnosticMethodInfo>()
            .Where(method => method.DeclaringTypeName?.StartsWith("Parallax.", StringComparison.Ordinal) == true)
            .Take(3)
            .Select(method => $"{NameOf(method.DeclaringTypeName!)}.{method.Name}");
        return string.Join(" in ", places) is { Length: > 0 } place ? $" (at {place})" : "";
    }

    // Without the namespace and, of a nested type, the type around it.
    private static string NameOf(string typeName) => typeName[(typeName.LastIndexOfAny(['.', '+']) + 1)..];

    private void EndMinute()
    {
        List<KeyValuePair<string, (int Said, long More)>> kinds;
        lock (_gate)
        {
            kinds = [.. _kinds];
            _kinds.Clear();
        }

        foreach (var (kind, (_, more)) in kinds)
        {
            if (more > 0)
            {
                _say($"{kind}: {NumberText.Count(more)} more like this in the last minute");
            }
        }
    }
}

namespace Parallax.Cli.Output;

/// <summary>A line on the terminal that says, once a second, how the run is going; nothing when standard error is not a terminal.</summary>
/// <remarks>Ownership: its timer ends with <see cref="Dispose"/>, which also clears the line.</remarks>
internal sealed class ProgressLine : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private const string Clear = "\r\u001b[K";

    private readonly Func<string> _describe;
    private readonly Timer? _timer;
    private readonly Lock _writing = new();
    private bool _done;

    public ProgressLine(Func<string> describe, bool isWanted)
    {
        _describe = describe;
        if (isWanted && !Console.IsErrorRedirected)
        {
            _timer = new(_ => Write(), null, Interval, Interval);
        }
    }

    /// <summary>Writes a line above the progress, with or without a terminal.</summary>
    public void Say(string line)
    {
        lock (_writing)
        {
            Console.Error.Write(_timer is null ? "" : Clear);
            Console.Error.WriteLine(line);
        }
    }

    public void Dispose()
    {
        if (_timer is null)
        {
            return;
        }

        lock (_writing)
        {
            _done = true;
            _timer.Dispose();
            Console.Error.Write(Clear);
        }
    }

    // A line that wraps could not be cleared again. A terminal that does not tell its width says 0.
    private static int Width => Console.WindowWidth is > 1 and var columns ? columns - 1 : 79;

    private void Write()
    {
        lock (_writing)
        {
            if (!_done)
            {
                var line = _describe();
                Console.Error.Write(Clear + (line.Length < Width ? line : line[..Width]));
            }
        }
    }
}

namespace Parallax.Cli.Output;

/// <summary>A line on the terminal that says, once a second, how the run is going; nothing when standard error is no terminal.</summary>
/// <remarks>Ownership: its timer ends with <see cref="Dispose"/>, which also clears the line.</remarks>
internal sealed class ProgressLine : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

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
            Console.Error.Write("\r\u001b[K");
        }
    }

    private void Write()
    {
        lock (_writing)
        {
            if (!_done)
            {
                Console.Error.Write($"\r\u001b[K{_describe()}");
            }
        }
    }
}

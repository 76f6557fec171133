namespace Parallax.Cli.Output;

/// <summary>Says how a run goes: again and again where there is no terminal, and its account when somebody asks.</summary>
/// <remarks>Ownership: its timer ends with <see cref="Dispose"/>. Thread safety: any thread may ask.</remarks>
/// <param name="log">Where lines go.</param>
/// <param name="writeAccount">Writes the account for people.</param>
internal sealed class RunReports(ConsoleLog log, Action<TextWriter> writeAccount) : IDisposable
{
    private Timer? _timer;

    /// <summary>Says a line each time <paramref name="every"/> is over; nothing when that is null, or on a terminal.</summary>
    public void Begin(TimeSpan? every, Func<string> describe)
    {
        if (every is { } time && Console.IsErrorRedirected)
        {
            _timer = new(_ => log.Say(describe()), null, time, time);
        }
    }

    /// <summary>Says the account as it stands.</summary>
    public void TellAccount()
    {
        using var text = new StringWriter();
        writeAccount(text);
        log.Tell("the account so far", text.ToString().TrimEnd().Split(Environment.NewLine));
    }

    public void Dispose() => _timer?.Dispose();
}

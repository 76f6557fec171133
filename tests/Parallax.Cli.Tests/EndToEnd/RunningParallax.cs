using System.Diagnostics;
using System.Net;
using System.Threading.Channels;

namespace Parallax.Cli.Tests.EndToEnd;

/// <summary>The executable, started as a user or a supervisor starts it. Waits for what it prints, never for time; every wait is guarded.
/// </summary>
internal sealed class RunningParallax : IDisposable
{
    /// <summary>Longest wait for anything; reaching it is a failure.</summary>
    public static readonly TimeSpan Guard = TimeSpan.FromSeconds(90);

    private readonly Process _process;
    private readonly Channel<string> _unread = Channel.CreateUnbounded<string>();
    private readonly List<string> _errors = [];
    private readonly Task _reading;

    private RunningParallax(Process process)
    {
        _process = process;
        _reading = ReadErrorsAsync();
    }

    /// <summary>The executable of the configuration that is being tested, or the one that PARALLAX_PROGRAM names, such as a published file.
    /// </summary>
    public static string Program { get; } = Path.GetFullPath(Environment.GetEnvironmentVariable("PARALLAX_PROGRAM")
        ?? Path.Combine(
            AppContext.BaseDirectory, "..", "..", "Parallax.Cli", new DirectoryInfo(AppContext.BaseDirectory).Name, "parallax"));

    /// <summary>Its standard output, for tests that read it while it runs.</summary>
    public StreamReader Output => _process.StandardOutput;

    // A shell that runs its job in the background has it ignore Ctrl-C, and children inherit that.
    public static RunningParallax Start(params string[] arguments) =>
        StartThrough(["env", "--default-signal=INT", Program], arguments);

    /// <summary>Starts it by way of another program, such as setpriv.</summary>
    public static RunningParallax StartThrough(string[] starter, params string[] arguments) => new(Process.Start(
        new ProcessStartInfo(starter[0], [.. starter[1..], .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!);

    /// <summary>Starts it, closes its standard input and waits for its end.</summary>
    public static async Task<Ended> Run(params string[] arguments)
    {
        using var parallax = Start(arguments);
        return await parallax.End();
    }

    /// <summary>The next line on standard error that holds <paramref name="text"/>.</summary>
    public async Task<string> LineWith(string text)
    {
        using var guard = new CancellationTokenSource(Guard);
        while (await _unread.Reader.WaitToReadAsync(guard.Token))
        {
            if (_unread.Reader.TryRead(out var line) && line.Contains(text))
            {
                return line;
            }
        }

        throw new InvalidOperationException($"ended without saying \"{text}\", but: {string.Join('\n', _errors)}");
    }

    /// <summary>Where it receives VXLAN: the start line tells.</summary>
    public async Task<IPEndPoint> Receiver()
    {
        var line = await LineWith("capturing from vxlan ");
        return IPEndPoint.Parse(line.Split("vxlan ")[1].Split(',')[0]);
    }

    /// <summary>The number of the process.</summary>
    public int Id => _process.Id;

    /// <summary>Sends a signal: INT, TERM.</summary>
    public async Task Signal(string name)
    {
        using var kill = Process.Start("sh", ["-c", $"kill -{name} {_process.Id}"]);
        await kill.WaitForExitAsync();
        Assert.Equal(0, kill.ExitCode);
    }

    /// <summary>Sends a signal and at once the same again, as <c>timeout</c> does.</summary>
    public async Task SignalTwice(string name)
    {
        using var kill = Process.Start("sh", ["-c", $"kill -{name} {_process.Id}; kill -{name} {_process.Id}"]);
        await kill.WaitForExitAsync();
    }

    /// <summary>Signals again and again until it has ended.</summary>
    public async Task SignalToTheEnd(string name)
    {
        using var kill = Process.Start("sh", ["-c", $"while kill -{name} {_process.Id} 2>/dev/null; do :; done"]);
        await kill.WaitForExitAsync().WaitAsync(Guard);
    }

    /// <summary>Writes to its standard input, which stays open until <see cref="End"/>.</summary>
    public async Task Write(byte[] octets)
    {
        await _process.StandardInput.BaseStream.WriteAsync(octets);
        await _process.StandardInput.BaseStream.FlushAsync();
    }

    /// <summary>Asks it to end, as a supervisor does, and waits for that.</summary>
    public async Task<Ended> Stop()
    {
        await Signal("TERM");
        return await End();
    }

    /// <summary>Ends it wherever it is.</summary>
    public async Task Kill()
    {
        _process.Kill();
        await _process.WaitForExitAsync().WaitAsync(Guard);
    }

    /// <summary>Waits for its end.</summary>
    public async Task<Ended> End()
    {
        _process.StandardInput.Close();
        var output = await _process.StandardOutput.ReadToEndAsync().WaitAsync(Guard);
        return await EndUnread(output);
    }

    /// <summary>Waits for its end without reading its standard output to the end.</summary>
    public async Task<Ended> EndUnread(string output = "")
    {
        await _process.WaitForExitAsync().WaitAsync(Guard);
        await _reading.WaitAsync(Guard);
        return new(_process.ExitCode, output, string.Join('\n', _errors));
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }

    private async Task ReadErrorsAsync()
    {
        while (await _process.StandardError.ReadLineAsync() is { } line)
        {
            _errors.Add(line);
            _unread.Writer.TryWrite(line);
        }

        _unread.Writer.Complete();
    }
}

/// <summary>What a run left behind.</summary>
internal sealed record Ended(int ExitCode, string Output, string Errors)
{
    /// <summary>The account that <c>--json</c> prints last.</summary>
    public Account Account => Account.Parse(Output.TrimEnd('\n').Split('\n')[^1]);

    /// <summary>The lines of standard output.</summary>
    public string[] Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}

using System.Diagnostics;
using System.Net;
using System.Reflection;
using System.Text.Json;
using Parallax.Cli.CommandLine;

namespace Parallax.Cli.Demo;

/// <summary><c>parallax capture</c> as a separate process, started the way a user would.</summary>
/// <remarks>Ownership: ends the process when disposed of. Thread safety: one caller at a time.</remarks>
internal sealed class CaptureProcess : IDisposable
{
    private static readonly TimeSpan Courtesy = TimeSpan.FromSeconds(1);

    private readonly Process _process;
    private readonly Task<string> _output;
    private readonly Task _errors;

    private CaptureProcess(Process process, Action<string> say)
    {
        _process = process;
        _output = process.StandardOutput.ReadToEndAsync();
        _errors = PassOnAsync(process.StandardError, say);
    }

    // The file of this process, whatever it is called. Where dotnet or a test runs the library, the one beside it.
    private static string Executable =>
        Assembly.GetEntryAssembly() == typeof(CaptureProcess).Assembly
        && Environment.ProcessPath is { } own && Path.GetFileName(own) != "dotnet"
            ? own
            : Path.Combine(AppContext.BaseDirectory, "parallax");

    /// <summary>Where it receives VXLAN.</summary>
    public required IPEndPoint Receiver { get; init; }

    /// <summary>Starts it and waits until it listens.</summary>
    /// <param name="arguments">The command line after <c>parallax</c>; VXLAN at port 0, which lets the system choose.</param>
    /// <param name="say">Called with each line the process prints on standard error, from any thread.</param>
    /// <exception cref="UsageException">It ended instead of listening; it has said why.</exception>
    public static async Task<CaptureProcess> StartAsync(IEnumerable<string> arguments, Action<string> say)
    {
        var process = Process.Start(new ProcessStartInfo(Executable, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        while (await process.StandardError.ReadLineAsync() is { } line)
        {
            say(line);
            if (ReceiverIn(line) is { } receiver)
            {
                return new(process, say) { Receiver = receiver };
            }
        }

        process.Dispose();
        throw new UsageException("the capture did not start");
    }

    /// <summary>Ends it as a supervisor would (SIGTERM) and waits for its account.</summary>
    /// <param name="isSignalled">True after a signal such as Ctrl-C, which reaches all processes of a terminal: a second one would cut the
    /// account short, so it is sent only when the first seems not to have come.</param>
    /// <returns>The account; null when the process was killed before it could print it.</returns>
    public async Task<CaptureResult?> StopAsync(bool isSignalled)
    {
        var ended = _process.WaitForExitAsync();
        if (!isSignalled || await Task.WhenAny(ended, Task.Delay(Courtesy)) != ended)
        {
            // .NET can only kill; the shell's own kill asks.
            using var kill = Process.Start("sh", ["-c", $"kill -TERM {_process.Id} 2>/dev/null"]);
            await kill.WaitForExitAsync();
        }

        await Task.WhenAll(_output, _errors, ended);
        var account = (await _output).Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault();
        using var parsed = account is null ? null : JsonDocument.Parse(account);
        return parsed is null ? null : CaptureResult.Of(parsed.RootElement);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    /// <summary>"parallax: capturing from vxlan 127.0.0.1:45871, copies to …" says where.</summary>
    private static IPEndPoint? ReceiverIn(string line)
    {
        const string Before = "capturing from vxlan ";
        var start = line.IndexOf(Before, StringComparison.Ordinal);
        return start >= 0 && IPEndPoint.TryParse(line[(start + Before.Length)..].Split(',')[0], out var receiver) ? receiver : null;
    }

    private static async Task PassOnAsync(StreamReader lines, Action<string> say)
    {
        while (await lines.ReadLineAsync() is { } line)
        {
            say(line);
        }
    }
}

using System.Diagnostics;
using Parallax.Cli.Tests.EndToEnd;

namespace Parallax.Cli.Tests.Demo;

/// <summary>The executable, run as a user runs it.</summary>
internal sealed class ParallaxProcess : IDisposable
{
    private readonly Process _process;

    private ParallaxProcess(Process process) => _process = process;

    public static ParallaxProcess Start(params string[] arguments) => new(
        Process.Start(new ProcessStartInfo(RunningParallax.Program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!);

    /// <summary>Reads standard output up to the first line that holds <paramref name="text"/>.</summary>
    public async Task ReadUntilAsync(string text)
    {
        while (await _process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            if (line.Contains(text, StringComparison.Ordinal))
            {
                return;
            }
        }

        Assert.Fail($"ended without saying \"{text}\"");
    }

    public void Signal(string name) => Process.Start("sh", ["-c", $"kill -{name} {_process.Id}"]).Dispose();

    /// <summary>Waits for the end.</summary>
    public async Task<(int ExitCode, string Output, string Errors)> EndAsync()
    {
        var output = _process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = _process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (_process.ExitCode, await output, await errors);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }
}

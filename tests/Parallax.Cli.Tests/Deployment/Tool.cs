using System.Diagnostics;

namespace Parallax.Cli.Tests.Deployment;

/// <summary>A program of the system or of eng/ that is run to its end.</summary>
internal static class Tool
{
    /// <summary>Runs it, with variables of the environment besides.</summary>
    public static async Task<(int ExitCode, string Output, string Errors)> RunAsync(
        string program, string[] arguments, params (string Name, string Value)[] variables)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output, errors);
    }

    /// <summary>Runs it and expects it to have nothing to complain about.</summary>
    /// <returns>What it prints.</returns>
    public static async Task<string> OutputAsync(string program, params string[] arguments)
    {
        var (exitCode, output, errors) = await RunAsync(program, arguments);
        Assert.Equal((0, ""), (exitCode, errors));
        return output;
    }

    /// <summary>Writes a script that can be started.</summary>
    public static async Task ScriptAsync(string path, string text)
    {
        await File.WriteAllTextAsync(path, text, TestContext.Current.CancellationToken);
        await OutputAsync("chmod", "+x", path);
    }
}

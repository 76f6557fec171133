using System.Diagnostics;

namespace Parallax.Capture.Tests.Conformance;

/// <summary>Runs the scripts that belong to the real captures.</summary>
internal static class Python
{
    private static readonly string Interpreter = File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3";

    /// <summary>True when the interpreter can do <paramref name="statement"/>.</summary>
    public static bool Can(string statement)
    {
        try
        {
            return Run([], "", "-c", statement).ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    public static (int ExitCode, string Output) Run((string Name, string Value)[] environment, string input, params string[] arguments)
    {
        var start = new ProcessStartInfo(Interpreter, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        process.WaitForExit();
#pragma warning disable xUnit1031, RS0030 // the process is over, so both are complete
        return (process.ExitCode, output.Result + errors.Result);
#pragma warning restore xUnit1031, RS0030
    }
}

using System.CommandLine;
using System.CommandLine.Invocation;
using System.Reflection;
using System.Runtime.InteropServices;

namespace Parallax.Cli.CommandLine;

/// <summary>Which build this is: what <c>--version</c> shows.</summary>
internal sealed class ProgramVersion : SynchronousCommandLineAction
{
    // As many digits of the commit as git shows by itself.
    private const int CommitDigits = 7;

    private static readonly string[] Parts = (typeof(ProgramVersion).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "").Split('+');

    /// <summary>The number of the version, such as <c>1.2.3</c>.</summary>
    public static string Number => Parts[0];

    /// <summary>Number, commit, runtime and platform, such as <c>parallax 1.2.3+86f87c4 (.NET 10.0.1, linux-x64)</c>; without the commit
    /// when the build did not know it.</summary>
    public static string Text
    {
        get
        {
            var commit = Parts.Length > 1 ? $"+{Parts[1][..Math.Min(CommitDigits, Parts[1].Length)]}" : "";
            return $"parallax {Number}{commit} ({RuntimeInformation.FrameworkDescription}, {RuntimeInformation.RuntimeIdentifier})";
        }
    }

    public override int Invoke(ParseResult parseResult)
    {
        Console.Out.WriteLine(Text);
        return ExitCode.Ok;
    }
}

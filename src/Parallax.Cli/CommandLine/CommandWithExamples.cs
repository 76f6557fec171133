using System.CommandLine;

namespace Parallax.Cli.CommandLine;

/// <summary>A command and the examples its help shows.</summary>
/// <param name="Command">The command.</param>
/// <param name="Examples">Lines, each command line followed by an indented one that says what it does.</param>
internal sealed record CommandWithExamples(Command Command, string Examples);

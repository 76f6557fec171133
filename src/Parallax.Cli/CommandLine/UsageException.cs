using Parallax.Runs.Running;

namespace Parallax.Cli.CommandLine;

/// <summary>The command line or the environment is not right; the message is one line for the user: what, where, what would be right.
/// </summary>
internal sealed class UsageException(string message) : RunException(message);

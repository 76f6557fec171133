namespace Parallax.Runs.Running;

/// <summary>A run cannot begin as it was asked to. The message is one line for the user: what, where, what would be right.</summary>
/// <remarks>Thread safety: immutable.</remarks>
public class RunException(string message) : Exception(message);

namespace Parallax.Reactor.Connections;

/// <summary>Something a loop runs on its thread.</summary>
/// <param name="state">What was given along with the callback, so that a static lambda does.</param>
public delegate void LoopCallback(object? state);

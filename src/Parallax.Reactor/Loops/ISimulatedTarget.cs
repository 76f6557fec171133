namespace Parallax.Reactor.Loops;

/// <summary>Something of a simulated loop that a socket has news for.</summary>
internal interface ISimulatedTarget
{
    /// <summary>Something happened to the socket.</summary>
    void OnReady();
}

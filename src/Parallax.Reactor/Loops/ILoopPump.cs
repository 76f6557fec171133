using Parallax.Reactor.Connections;

namespace Parallax.Reactor.Loops;

/// <summary>The part of a loop that differs from kind to kind: what waits for octets and moves them.</summary>
internal interface ILoopPump
{
    /// <summary>Whether nothing is in flight that will still come back to the loop's thread.</summary>
    bool IsIdle { get; }

    /// <summary>Waits for at most so many milliseconds (-1 without end, 0 not at all), begins the turn, serves what
    /// happened.</summary>
    void WaitAndServe(int milliseconds);

    /// <summary>Closes, because the loop stops, every connection and listener that is not among <see cref="LoopState.Members"/>.</summary>
    void CloseAll();

    /// <summary>Gives back what the pump holds of the system. The last call.</summary>
    void Release();
}

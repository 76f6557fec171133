namespace Parallax.Reactor.Loops;

/// <summary>The part of a loop that differs between the two: what waits for octets and moves them.</summary>
internal interface ILoopPump
{
    /// <summary>Whether nothing is in flight that will still come back to the loop's thread.</summary>
    bool IsIdle { get; }

    /// <summary>Waits for at most so many milliseconds (-1 without end, 0 not at all), begins the agenda's turn, serves what
    /// happened.</summary>
    void WaitAndServe(int milliseconds);

    /// <summary>Closes every connection and listener because the loop stops.</summary>
    void CloseAll();

    /// <summary>Gives back what the pump holds of the system. The last call.</summary>
    void Release();
}

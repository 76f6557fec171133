
namespace Parallax.Shadows.Replay;

/// <summary>A recorded connection that is being replayed.</summary>
/// <remarks>Thread safety: belongs to the loop's thread.</remarks>
internal sealed class ReplaySession(long number)
{
    public long Number => number;

    /// <summary>The requests whose turn has not come.</summary>
    public Queue<(ReplayEntry Entry, long Due)> Waiting { get; } = new(1);

    /// <summary>What the target issued instead of what was recorded; null when nothing is replaced.</summary>
    public StateMap? State { get; init; }

    /// <summary>The request that is in flight; null when none is.</summary>
    public ReplayEntry? InFlight { get; set; }

    /// <summary>True while its requests are being started: what ends meanwhile starts nothing itself.</summary>
    public bool IsBeingServed { get; set; }

    /// <summary>Its place among all sessions, by last use.</summary>
    public LinkedListNode<ReplaySession>? Place { get; set; }

    public bool IsIdle => InFlight is null && Waiting.Count == 0;
}

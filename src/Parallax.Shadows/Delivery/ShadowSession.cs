
using Parallax.Shadows.Clients;

namespace Parallax.Shadows.Delivery;

/// <summary>One captured connection as the target sees it: its requests in order, and the one connection that carries them.</summary>
/// <remarks>Thread safety: belongs to the loop's thread.</remarks>
internal sealed class ShadowSession(long number)
{
    /// <summary>The captured connection's number.</summary>
    public long Number { get; } = number;

    /// <summary>Requests that wait for the one before them.</summary>
    public Queue<OutgoingRequest> Waiting { get; } = new();

    /// <summary>The connection; null when there is none.</summary>
    public MessageConnection? Connection { get; set; }

    /// <summary>True when the captured connection is over: ours ends once the last request is.</summary>
    public bool HasEnded { get; set; }

    /// <summary>True while it stands in the line of those that want to connect.</summary>
    public bool IsInLine { get; set; }

    /// <summary>Its place in the order of use.</summary>
    public LinkedListNode<ShadowSession>? Place { get; set; }

    /// <summary>True when nothing is waiting and nothing in flight.</summary>
    public bool IsIdle => Waiting.Count == 0 && Connection is null or { IsIdle: true };
}

namespace Parallax.Reactor.Connections;

/// <summary>Something that ends with its loop.</summary>
internal interface ILoopMember
{
    /// <summary>Closes it, because the loop stops.</summary>
    void OnLoopStopped();
}

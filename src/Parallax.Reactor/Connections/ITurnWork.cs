namespace Parallax.Reactor.Connections;

/// <summary>Something a loop has to do before it sleeps again.</summary>
internal interface ITurnWork
{
    /// <summary>Called once for every time it was put on a <see cref="WorkList"/>.</summary>
    void DoInTurn();
}

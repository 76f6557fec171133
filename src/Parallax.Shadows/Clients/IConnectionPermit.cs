namespace Parallax.Shadows.Clients;

/// <summary>Says whether another connection may be made, where several clients have connections together.</summary>
public interface IConnectionPermit
{
    /// <summary>Begins one more; <see cref="End"/> must be called for it.</summary>
    /// <param name="own">How many the client has already.</param>
    /// <returns>False when it may not have another one now: then there is nothing to be ended.</returns>
    bool TryBegin(int own);

    /// <summary>One that <see cref="TryBegin"/> allowed is closed.</summary>
    void End();
}

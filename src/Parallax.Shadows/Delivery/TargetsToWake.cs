namespace Parallax.Shadows.Delivery;

/// <summary>The targets that were offered something since they were last woken: their loops are woken once for a batch.</summary>
/// <remarks>Thread safety: none; one per thread that offers.</remarks>
public sealed class TargetsToWake
{
    private readonly List<ShadowInbox> _targets = [];

    /// <summary>Something was offered to a target without waking it.</summary>
    public void Add(ShadowInbox target)
    {
        // Most often it is the one of the request before; few are many.
        if (!_targets.Contains(target))
        {
            _targets.Add(target);
        }
    }

    /// <summary>Wakes them; does nothing when there are none.</summary>
    public void Wake()
    {
        foreach (var target in _targets)
        {
            target.Wake();
        }

        _targets.Clear();
    }
}

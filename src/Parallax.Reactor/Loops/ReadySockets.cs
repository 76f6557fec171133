namespace Parallax.Reactor.Loops;

/// <summary>Which sockets of a simulated loop have news, in the order in which it came.</summary>
/// <remarks>Thread safety: belongs to the thread that runs the network.</remarks>
internal sealed class ReadySockets
{
    private readonly Queue<ISimulatedTarget> _order = new();
    private readonly HashSet<ISimulatedTarget> _listed = [];

    public bool Any => _order.Count > 0;

    public void Add(ISimulatedTarget target)
    {
        if (_listed.Add(target))
        {
            _order.Enqueue(target);
        }
    }

    /// <summary>Serves those that are ready now; what becomes ready meanwhile has the next turn.</summary>
    public void ServeAll()
    {
        for (var left = _order.Count; left > 0; left--)
        {
            var target = _order.Dequeue();
            _listed.Remove(target);
            target.OnReady();
        }
    }
}

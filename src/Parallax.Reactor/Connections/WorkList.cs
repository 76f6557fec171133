namespace Parallax.Reactor.Connections;

/// <summary>Work for the loop. It is done as the list stood: what is added meanwhile has the next turn, so that no connection can keep a
/// turn from ending.</summary>
/// <remarks>Thread safety: belongs to the loop's thread.</remarks>
internal sealed class WorkList
{
    private List<ITurnWork> _coming = [];
    private List<ITurnWork> _going = [];

    public bool Any => _coming.Count > 0;

    public void Add(ITurnWork work) => _coming.Add(work);

    public void DoAll()
    {
        if (_coming.Count == 0)
        {
            return;
        }

        (_coming, _going) = (_going, _coming);
        foreach (var work in _going)
        {
            work.DoInTurn();
        }

        _going.Clear();
    }
}

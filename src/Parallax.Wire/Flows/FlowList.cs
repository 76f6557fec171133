namespace Parallax.Wire.Flows;

/// <summary>Flows by age of their last packet: a doubly linked list through the flows themselves.</summary>
/// <remarks>Invariant: a flow is in at most one list. Thread safety: none.</remarks>
internal sealed class FlowList
{
    private Flow? _newest;

    public Flow? Oldest { get; private set; }

    public int Count { get; private set; }

    public void Add(Flow flow)
    {
        flow.Older = _newest;
        flow.Newer = null;
        if (_newest is not null)
        {
            _newest.Newer = flow;
        }
        else
        {
            Oldest = flow;
        }

        _newest = flow;
        Count++;
    }

    public void Remove(Flow flow)
    {
        if (flow.Older is not null)
        {
            flow.Older.Newer = flow.Newer;
        }
        else
        {
            Oldest = flow.Newer;
        }

        if (flow.Newer is not null)
        {
            flow.Newer.Older = flow.Older;
        }
        else
        {
            _newest = flow.Older;
        }

        flow.Older = flow.Newer = null;
        Count--;
    }

    public void MoveToNewest(Flow flow)
    {
        if (_newest != flow)
        {
            Remove(flow);
            Add(flow);
        }
    }
}

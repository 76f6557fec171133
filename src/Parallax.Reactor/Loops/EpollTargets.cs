namespace Parallax.Reactor.Loops;

/// <summary>Whom the tokens in the kernel's events stand for. A token is a place and how often the place was given away, so that an event
/// fetched before its target was closed finds nobody, even when the place was taken again in the same turn.</summary>
/// <remarks>Thread safety: belongs to the loop's thread.</remarks>
internal sealed class EpollTargets
{
    private const int NoPlace = -1;

    private Place[] _places = new Place[64];
    private int _used;
    private int _free = NoPlace;

    public ulong Add(IEpollTarget target)
    {
        var index = _free;
        if (index != NoPlace)
        {
            _free = _places[index].NextFree;
        }
        else
        {
            if (_used == _places.Length)
            {
                Array.Resize(ref _places, _used * 2);
            }

            index = _used++;
        }

        ref var place = ref _places[index];
        place.Target = target;
        return ((ulong)place.Generation << 32) | (uint)index;
    }

    public IEpollTarget? Find(ulong token)
    {
        ref readonly var place = ref _places[unchecked((int)(uint)token)];
        return place.Generation == (uint)(token >> 32) ? place.Target : null;
    }

    public void Remove(ulong token)
    {
        var index = unchecked((int)(uint)token);
        ref var place = ref _places[index];
        place.Target = null;
        place.Generation = unchecked(place.Generation + 1);
        place.NextFree = _free;
        _free = index;
    }

    /// <summary>Tells every target that the loop stops.</summary>
    public void StopAll()
    {
        for (var index = 0; index < _used; index++)
        {
            _places[index].Target?.OnLoopStopped();
        }
    }

    private struct Place
    {
        public IEpollTarget? Target;
        public uint Generation;
        public int NextFree;
    }
}

using Parallax.Wire;

namespace Parallax.Recording.Entries;

/// <summary>A range of instants.</summary>
/// <param name="From">Its first; not known for no bound.</param>
/// <param name="To">The first after it; not known for no bound.</param>
/// <remarks>Thread safety: an immutable value.</remarks>
public readonly record struct TimeRange(Timestamp From, Timestamp To)
{
    /// <summary>True when there is no bound.</summary>
    public bool IsUnbounded => !From.IsKnown && !To.IsKnown;

    /// <summary>True when the instant is in the range.</summary>
    public bool Contains(Timestamp at) => (!From.IsKnown || at >= From) && (!To.IsKnown || at < To);

    /// <summary>True when exchanges that began between two instants may have begun in the range.</summary>
    /// <param name="earliest">The first.</param>
    /// <param name="latest">The last.</param>
    public bool MayContain(Timestamp earliest, Timestamp latest) =>
        !earliest.IsKnown || !latest.IsKnown || ((!From.IsKnown || latest >= From) && (!To.IsKnown || earliest < To));
}

namespace Parallax.Shadows.Clients;

/// <summary>When to try to connect: one attempt at a time until one succeeds; after a failure of every address a pause, each twice as
/// long as the one before. An attempt succeeds when its connection is answered on: that somebody accepts it proves little. When answers in
/// a row break off or are no HTTP, too, it fails, and only a whole answer makes it succeed again.</summary>
/// <remarks>A mutable value: keep it in a field, never copy it. Thread safety: none.</remarks>
internal struct Backoff(TimeSpan first, TimeSpan longest)
{
    // As many as outlier detection in Envoy bears by default.
    private const int MaxBrokenInRow = 5;

    private TimeSpan _pause;
    private int _failuresInRow;
    private int _brokenInRow;

    /// <summary>True after a success, until an attempt fails: any number of attempts may be made at once.</summary>
    public bool IsUp { get; private set; }

    /// <summary>True after a failure, until an attempt succeeds.</summary>
    public bool IsInDoubt { get; private set; }

    /// <summary>True when that an answer begins proves little: too many in a row were never whole.</summary>
    public bool IsBroken => _brokenInRow >= MaxBrokenInRow;

    /// <summary>An attempt failed.</summary>
    /// <param name="addresses">How many addresses there are to try.</param>
    /// <param name="pause">How long to wait before the next attempt; zero as long as there is an address not yet tried in this row.</param>
    /// <returns>True when all addresses have failed in a row: the server is down.</returns>
    public bool Fail(int addresses, out TimeSpan pause)
    {
        IsUp = false;
        IsInDoubt = true;
        pause = TimeSpan.Zero;
        if (++_failuresInRow < addresses)
        {
            return false;
        }

        _failuresInRow = 0;
        var doubled = _pause == TimeSpan.Zero ? first : _pause * 2;
        _pause = pause = doubled < longest ? doubled : longest;
        return true;
    }

    /// <summary>An attempt succeeded.</summary>
    public void Succeed()
    {
        IsUp = true;
        IsInDoubt = false;
        _failuresInRow = 0;
        _pause = TimeSpan.Zero;
    }

    /// <summary>A connection ended in the middle of its first answer, or that was no HTTP.</summary>
    /// <returns>True when so many did in a row that it is a failure.</returns>
    public bool Break()
    {
        _brokenInRow++;
        return IsBroken;
    }

    /// <summary>An answer was whole.</summary>
    public void Mend() => _brokenInRow = 0;
}

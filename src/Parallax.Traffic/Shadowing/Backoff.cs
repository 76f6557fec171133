namespace Parallax.Traffic.Shadowing;

/// <summary>When to try to connect again: after each failure twice as late as after the one before, and with a single attempt at a time until
/// one succeeds.</summary>
/// <remarks>A mutable value: keep it in a field, never copy it. Thread safety: none.</remarks>
internal struct Backoff(TimeSpan first, TimeSpan longest)
{
    private TimeSpan _pause;

    /// <summary>True after a failure, until an attempt succeeds.</summary>
    public readonly bool IsDown => _pause > TimeSpan.Zero;

    /// <summary>An attempt failed.</summary>
    /// <returns>How long to wait before the next one.</returns>
    public TimeSpan Fail()
    {
        var doubled = _pause == TimeSpan.Zero ? first : _pause * 2;
        _pause = doubled < longest ? doubled : longest;
        return _pause;
    }

    /// <summary>An attempt succeeded.</summary>
    public void Succeed() => _pause = TimeSpan.Zero;
}

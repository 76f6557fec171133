namespace Parallax.Reactor.Connections;

/// <summary>How the system asks a silent peer whether it is still there (RFC 9293 §3.8.4). One that has vanished without a word is
/// noticed so: its connection closes with <see cref="CloseReason.Unreachable"/>, or is reset by the machine that answers in its
/// place.</summary>
/// <remarks>Nothing is asked while octets wait to be acknowledged: then TCP's own retransmissions notice it. Thread safety:
/// immutable.</remarks>
public sealed record KeepAlive
{
    /// <summary>The longest silence Linux can be told (MAX_TCP_KEEPIDLE): 32,767 s.</summary>
    public static readonly TimeSpan MaxTime = TimeSpan.FromSeconds(short.MaxValue);

    /// <summary>Silence before the first probe (TCP_KEEPIDLE), above zero and at most <see cref="MaxTime"/>, in whole seconds, rounded up.
    /// One minute by default.</summary>
    public TimeSpan Time { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Time from one probe to the next (TCP_KEEPINTVL), as <see cref="Time"/>. Ten seconds by default.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Probes without an answer after which the peer is gone (TCP_KEEPCNT), 1 to 127. Six by default.</summary>
    public int Probes { get; init; } = 6;

    internal int TimeSeconds => SecondsOf(Time);

    internal int IntervalSeconds => SecondsOf(Interval);

    private static int SecondsOf(TimeSpan time) => (int)Math.Clamp(Math.Ceiling(time.TotalSeconds), 1, MaxTime.TotalSeconds);
}

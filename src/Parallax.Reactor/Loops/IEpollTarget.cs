namespace Parallax.Reactor.Loops;

/// <summary>Whose descriptor the epoll loop watches: a connection or a listener.</summary>
internal interface IEpollTarget
{
    /// <summary>Something happened to the descriptor.</summary>
    /// <param name="events">Bits of <see cref="NativeEpoll"/>.</param>
    void OnEvents(uint events);

    /// <summary>The loop stops.</summary>
    void OnLoopStopped();
}

using Parallax.Reactor.Connections;

namespace Parallax.Reactor.Loops;

/// <summary>Whose descriptor the epoll loop watches: a connection or a listener.</summary>
internal interface IEpollTarget : ILoopMember
{
    /// <summary>Something happened to the descriptor.</summary>
    /// <param name="events">Bits of <see cref="NativeEpoll"/>.</param>
    void OnEvents(uint events);
}

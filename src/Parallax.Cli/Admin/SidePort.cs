using System.Net;
using System.Net.Sockets;
using Parallax.Reactor.Connections;
using Parallax.Runs.Running;

namespace Parallax.Cli.Admin;

/// <summary>A port beside the traffic, with its own loop. A run that takes over from another waits until that has closed the
/// port.</summary>
/// <remarks>Ownership: its loop ends with <see cref="Dispose"/>.</remarks>
internal sealed class SidePort : IDisposable
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(200);

    private readonly IEventLoop _loop;
    private readonly IPEndPoint _wanted;
    private readonly Func<Connection, ConnectionHandler> _accept;
    private readonly Action<string>? _whenFree;

    private SidePort(IEventLoop loop, IPEndPoint wanted, Func<Connection, ConnectionHandler> accept, Action<string>? whenFree)
    {
        _loop = loop;
        _wanted = wanted;
        _accept = accept;
        _whenFree = whenFree;
        LocalEndPoint = wanted;
    }

    /// <summary>Where it listens; the real port when port 0 was asked for.</summary>
    public IPEndPoint LocalEndPoint { get; private set; }

    /// <summary>True while another process has the port.</summary>
    public bool IsWaiting { get; private set; }

    /// <summary>Opens the port.</summary>
    /// <param name="name">Names the loop.</param>
    /// <param name="local">Where to listen; port 0 lets the system choose.</param>
    /// <param name="accept">Gives each connection its handler.</param>
    /// <param name="loops">Makes its loop.</param>
    /// <param name="whenFree">Called with a line for people when the port was taken and is open now, on the loop's thread; null to refuse a
    /// port that is taken.</param>
    /// <exception cref="SocketException">It cannot be listened at.</exception>
    public static SidePort Open(
        string name, IPEndPoint local, Func<Connection, ConnectionHandler> accept, RunLoops loops, Action<string>? whenFree)
    {
        var port = new SidePort(loops.Create(name), local, accept, whenFree);
        try
        {
            port.Listen();
            port._loop.Start();
            return port;
        }
        catch (SocketException)
        {
            port.Dispose();
            throw;
        }
    }

    public void Dispose() => _loop.Dispose();

    /// <summary>Where it listens, for people.</summary>
    public override string ToString() => $"{LocalEndPoint}{(IsWaiting ? " once that is free" : "")}";

    private void Listen()
    {
        try
        {
            LocalEndPoint = _loop.Listen(_wanted, ListenOptions.Default, connection => VisitorBound.Accept(connection, _accept(connection)))
                .LocalEndPoint;
            if (IsWaiting)
            {
                IsWaiting = false;
                _whenFree!($"{_loop.Name} port {LocalEndPoint} is free and open now");
            }
        }
        catch (SocketException fault) when (_whenFree is not null && fault.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            IsWaiting = true;
            _loop.Schedule(LookEvery, static state => ((SidePort)state!).Listen(), this);
        }
    }
}

using Parallax.Proxy.Bounds;
using Parallax.Proxy.Requests;
using Parallax.Reactor.Connections;

namespace Parallax.Proxy.Serving;

/// <summary>What a client's connection waits for; its deadline means this.</summary>
internal enum ClientWaiting : byte
{
    Request,
    RestOfHead,
    RestOfBody,
    Response,
    Tunnel,
    Lingering,
}

/// <summary>What a client's connection waits for, since when, and how long it may.</summary>
/// <remarks>Thread safety: belongs to the loop's thread.</remarks>
internal sealed class ClientPhase(LoopContext context, ClientRequest request, Connection connection)
{
    // What a client sends after a last answer is read away for this long, so that the answer is not lost to a reset (RFC 9112 §9.6).
    private static readonly TimeSpan LingerTime = TimeSpan.FromSeconds(2);

    /// <summary>What it waits for.</summary>
    public ClientWaiting Waiting { get; private set; }

    /// <summary>Since when it waits for its handshake, a request or the rest of a head, by the loop's time.</summary>
    public long Since { get; private set; } = context.Loop.Now;

    /// <summary>True once requests can come: a TLS handshake is over, if there is to be one.</summary>
    public bool IsEstablished { get; set; }

    /// <summary>True while the next request may begin.</summary>
    public bool AwaitsRequest => Waiting == ClientWaiting.Request;

    /// <summary>True once what is read is thrown away.</summary>
    public bool IsLingering => Waiting == ClientWaiting.Lingering;

    /// <summary>The next request may begin when the client likes.</summary>
    /// <param name="time">Within this time.</param>
    public void AwaitRequest(TimeSpan time) => Await(ClientWaiting.Request, time);

    /// <summary>A head, or what comes before it, has begun.</summary>
    public void AwaitRestOfHead() => Await(ClientWaiting.RestOfHead, context.Options.HeadTimeout);

    /// <summary>The rest of a body is to come; the time for all of the request holds besides.</summary>
    public void AwaitRestOfBody()
    {
        Waiting = ClientWaiting.RestOfBody;
        var left = context.Options.RequestTimeout - request.Age;
        connection.SetDeadline(left < context.Options.BodyTimeout ? left : context.Options.BodyTimeout);
    }

    /// <summary>A request has to be answered before another is read.</summary>
    public void AwaitResponse() => Waiting = ClientWaiting.Response;

    /// <summary>From here on octets go in both directions and have no meaning to the proxy.</summary>
    public void EnterTunnel()
    {
        Waiting = ClientWaiting.Tunnel;
        TouchTunnel();
    }

    /// <summary>Something passed through the tunnel.</summary>
    public void TouchTunnel() => connection.SetDeadline(context.Options.TunnelIdleTimeout);

    /// <summary>The last answer was given, and the client may take it.</summary>
    /// <param name="isClean">True when the client sends no more: the connection closes once the answer is taken.</param>
    public void Linger(bool isClean)
    {
        Waiting = ClientWaiting.Lingering;
        if (isClean)
        {
            CloseAfterWrites();
            return;
        }

        connection.SetDeadline(LingerTime);
        connection.ShutdownWrite();
        connection.ResumeReading();
    }

    /// <summary>Closes the connection once the client has taken what was written. Its time for that is limited: what is written may be too
    /// little to be congestion.</summary>
    public void CloseAfterWrites()
    {
        connection.SetDeadline(context.Options.WriteTimeout);
        connection.CloseAfterWrites();
    }

    private void Await(ClientWaiting waiting, TimeSpan time)
    {
        Waiting = waiting;
        Since = context.Loop.Now;
        connection.SetDeadline(time);
    }
}

using Parallax.Proxy.Accounts;
using Parallax.Proxy.Bounds;
using Parallax.Proxy.Primary;
using Parallax.Proxy.Requests;
using Parallax.Reactor.Connections;

namespace Parallax.Proxy.Serving;

/// <summary>Whether a client's connection can make room for another, and how: it is idle, or the client has long begun what it does not
/// finish.</summary>
/// <remarks>Thread safety: belongs to the loop's thread.</remarks>
internal sealed class ClientRoom(
    LoopContext context, ClientConnection client, ClientRequest request, PrimaryExchange exchange, Connection connection)
{
    // A body that comes faster is not slow, however long it is: what Apache's mod_reqtimeout asks for (MinRate=500).
    private const int SlowBodyBytesPerSecond = 500;

    /// <summary>Since when it waits for its handshake, a request or the rest of a head, by the loop's time.</summary>
    public long Since { get; private set; } = context.Loop.Now;

    /// <summary>True when nothing of a request has come and nothing of a response has to leave, and that not just now: a client that
    /// sends one request after the other is idle between them, and must not lose its connection to a newcomer.</summary>
    public bool IsIdle => client.IsEstablished && client.Waiting == ClientWaiting.Request && client.Machine.IsIdle
        && connection.PendingWriteBytes == 0 && Age >= context.Options.Resources.LeastIdle / (client.Answered > 1 ? 1 : 50);

    /// <summary>True when a handshake or a head takes long, or next to nothing comes of a body.</summary>
    public bool IsTooSlow => !client.IsEstablished || client.Waiting == ClientWaiting.RestOfHead ? IsLong(Age)
        : client.Waiting == ClientWaiting.RestOfBody && !connection.IsReadingPaused && IsLong(request.Age)
            && client.Machine.BodyOctets < SlowBodyBytesPerSecond * request.Age.TotalSeconds;

    private TimeSpan Age => TimeSpan.FromTicks((context.Loop.Now - Since) / TimeSpan.NanosecondsPerTick);

    /// <summary>It waits for something else from now on.</summary>
    public void Restart() => Since = context.Loop.Now;

    /// <summary>Closes the connection, if it is idle or too slow.</summary>
    /// <returns>False when it is neither.</returns>
    public bool TryMake()
    {
        if (!connection.IsOpen)
        {
            return false;
        }

        if (IsIdle)
        {
            context.Counters.CountClosedIdle();
        }
        else if (IsTooSlow)
        {
            EndUnfinished();
        }
        else
        {
            return false;
        }

        // Its place is wanted now: there is no time to wait until the client has read an answer.
        connection.Close();
        return true;
    }

    private bool IsLong(TimeSpan age) => age >= context.Options.UnfinishedTime;

    private void EndUnfinished()
    {
        if (!client.IsEstablished)
        {
            RefusedRequest.Report(
                context.Counters, context.Options.Observer, client.Addresses.Remote, ConnectionRefusal.TooSlow, client.Server.Name);
            return;
        }

        context.Counters.CountRefused(ConnectionRefusal.TooSlow);
        if (exchange.IsActive)
        {
            exchange.OnBodyTimeout();
        }
        else
        {
            client.Refuse(408, "the header section came too slowly"u8, ConnectionRefusals.NameOf(ConnectionRefusal.TooSlow));
        }

        connection.Flush();
    }
}

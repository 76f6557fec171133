using Parallax.Proxy.Bounds;
using Parallax.Proxy.Requests;
using Parallax.Reactor.Connections;

namespace Parallax.Proxy.Serving;

/// <summary>Whether a client's connection can make room for another: it is idle, or the client has long begun what it does not
/// finish.</summary>
/// <remarks>Thread safety: belongs to the loop's thread.</remarks>
internal sealed class ClientRoom(
    LoopContext context, ClientPhase phase, ServerMachine machine, ClientRequest request, Connection connection)
{
    // A body that comes faster is not slow, however long it is: what Apache's mod_reqtimeout asks for (MinRate=500).
    private const int SlowBodyBytesPerSecond = 500;

    private int _answered;

    /// <summary>Since when it waits for its handshake, a request or the rest of a head, by the loop's time.</summary>
    public long Since => phase.Since;

    /// <summary>True when nothing of a request has come and nothing of a response has to leave, and that not just now: a client that
    /// sends one request after the other is idle between them, and must not lose its connection to a newcomer.</summary>
    public bool IsIdle => phase is { IsEstablished: true, AwaitsRequest: true } && machine.IsIdle
        && connection.PendingWriteBytes == 0 && Age >= context.Options.Resources.LeastIdle / (_answered > 1 ? 1 : 50);

    /// <summary>True when a handshake or a head takes long, or next to nothing comes of a body.</summary>
    public bool IsTooSlow => !phase.IsEstablished || phase.Waiting == ClientWaiting.RestOfHead ? IsLong(Age)
        : phase.Waiting == ClientWaiting.RestOfBody && !connection.IsReadingPaused && IsLong(request.Age)
            && machine.BodyOctets < SlowBodyBytesPerSecond * request.Age.TotalSeconds;

    /// <summary>A request was answered to its end.</summary>
    public void OnAnswered() => _answered++;

    private TimeSpan Age => TimeSpan.FromTicks((context.Loop.Now - Since) / TimeSpan.NanosecondsPerTick);

    private bool IsLong(TimeSpan age) => age >= context.Options.UnfinishedTime;
}

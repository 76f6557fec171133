using System.Diagnostics;
using Parallax.Reactor.Connections;
using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Queues;
using Parallax.Wire.Http1;

namespace Parallax.Shadows.Clients;

/// <summary>Has a stream, until that is over: the place where it waits, then its connection.</summary>
internal interface IStreamCarrier
{
    /// <summary>The stream has nothing more to send. Not called of a stream that waits.</summary>
    void OnStreamComplete();

    /// <summary>The stream is abandoned in its middle; if it is not answered already, that is its outcome.</summary>
    void GiveUp(RequestStream stream, DropReason reason);
}

/// <summary>A request whose body is still coming. What the server has not taken yet is kept up to a bound; a server that falls
/// further behind loses this request (<see cref="DropReason.BodyOverflow"/>), and the one that appends never waits.</summary>
/// <remarks>
/// <para>Its opener ends it with <see cref="Complete"/> or <see cref="Cancel"/>, whatever has become of it meanwhile. What becomes
/// of the request is reported and counted once, as for any other.</para>
/// <para>Thread safety: belongs to the loop of its connections.</para>
/// </remarks>
public sealed class RequestStream
{
    private readonly OctetPool _pool;
    private readonly int _bufferBytes;
    private MessageBuilder _beginning;
    private IStreamCarrier? _carrier;
    private Connection? _connection;
    private Stage _stage;
    private long _given;
    private long _takenBefore;

    /// <param name="beginning">The prepared head and what there is of the body; taken over.</param>
    /// <param name="context">What belongs to the request.</param>
    /// <param name="offeredAt">When it was offered, monotonic nanoseconds.</param>
    /// <param name="bufferBytes">Most octets that the server has not taken yet.</param>
    /// <param name="place">Where it waits for a connection.</param>
    internal RequestStream(ref MessageBuilder beginning, in RequestContext context, long offeredAt, int bufferBytes, IStreamCarrier place)
    {
        Context = context;
        OfferedAt = offeredAt;
        _pool = beginning.Pool;
        _bufferBytes = bufferBytes;
        _carrier = place;
        _beginning = beginning.Move();
        Method = _beginning.Method;
    }

    private enum Stage
    {
        Waiting,
        Sending,
        Over,
    }

    /// <summary>True once nothing more is sent: what is appended is ignored.</summary>
    public bool IsOver => _stage == Stage.Over;

    /// <summary>True when the whole request was appended.</summary>
    internal bool IsComplete { get; private set; }

    /// <summary>What belongs to the request.</summary>
    internal RequestContext Context { get; }

    /// <summary>When it was offered, monotonic nanoseconds.</summary>
    internal long OfferedAt { get; }

    /// <summary>The request's method.</summary>
    internal KnownMethod Method { get; }

    /// <summary>Octets that wait to be started; 0 after that.</summary>
    internal long WaitingOctets => _stage == Stage.Waiting ? _beginning.RawOctets : 0;

    /// <summary>Appends octets of the body, framing and trailers included.</summary>
    /// <param name="octets">Copied.</param>
    /// <returns>False when nothing more will be sent, because of these octets or since before; the rest need not be appended.</returns>
    public bool TryAppend(ReadOnlySpan<byte> octets)
    {
        if (!IsOver && !octets.IsEmpty && !TryKeep(octets))
        {
            GiveUp(DropReason.BodyOverflow);
        }

        return !IsOver;
    }

    /// <summary>The request is complete. Does nothing when it is over.</summary>
    public void Complete()
    {
        IsComplete = true;
        if (_stage == Stage.Sending)
        {
            _stage = Stage.Over;
            HasMoved();
            _carrier!.OnStreamComplete();
        }
    }

    /// <summary>The request will never be complete: it is given up, unless it was answered before that. Does nothing when it is complete or
    /// over.</summary>
    public void Cancel() => GiveUp(DropReason.Cancelled);

    /// <summary>A connection is to send it: gives it all there is. However much waited was within the bound.</summary>
    internal void Start(IStreamCarrier carrier, Connection connection)
    {
        Debug.Assert(_stage == Stage.Waiting);
        _stage = IsComplete ? Stage.Over : Stage.Sending;
        _carrier = carrier;
        _connection = connection;
        using var message = _beginning.Seal(IsComplete ? MessageState.Complete : MessageState.Incomplete);
        _given = message.RawOctets;
        MessageParts.WriteAll(connection, message);
    }

    /// <summary>Whether the server is not to blame that time passes: it has taken octets since this was asked last, or there are none to
    /// take because the producer is slow.</summary>
    internal bool HasMoved()
    {
        var pending = _connection!.PendingWriteBytes;
        var taken = _given - pending;
        var hasMoved = taken > _takenBefore || (pending == 0 && !IsComplete);
        _takenBefore = taken;
        return hasMoved;
    }

    /// <summary>The request is over, or its connection is.</summary>
    internal void End()
    {
        _beginning.Abandon();
        _stage = Stage.Over;
        _carrier = null;
        _connection = null;
    }

    private bool TryKeep(ReadOnlySpan<byte> octets)
    {
        if (_stage == Stage.Waiting)
        {
            return _beginning.RawBodyOctets <= _bufferBytes - octets.Length && _beginning.TryAppend(octets);
        }

        _given += octets.Length;
        return _connection!.PendingWriteBytes <= _bufferBytes - octets.Length && MessageParts.TryWriteCopy(_connection, octets, _pool);
    }

    private void GiveUp(DropReason reason)
    {
        if (_stage == Stage.Sending)
        {
            _stage = Stage.Over;
            _carrier!.GiveUp(this, reason);
        }
        else if (_stage == Stage.Waiting && !IsComplete)
        {
            _carrier!.GiveUp(this, reason);
        }
    }
}

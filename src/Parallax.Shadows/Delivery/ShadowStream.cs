using System.Diagnostics;
using Parallax.Reactor.Connections;
using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Queues;
using Parallax.Wire.Http1;

namespace Parallax.Shadows.Delivery;

/// <summary>A shadow request whose body is still coming. What the target has not taken yet is kept up to a bound; a target that falls
/// further behind loses this shadow (<see cref="DropReason.BodyOverflow"/>), and who appends never waits.</summary>
/// <remarks>
/// <para>Its opener ends it with <see cref="Complete"/> or <see cref="Cancel"/>, whatever has become of it meanwhile. What becomes
/// of the request is told and counted by the target, once, as for any other.</para>
/// <para>Thread safety: belongs to the target's loop.</para>
/// </remarks>
public sealed class ShadowStream
{
    private readonly Delivery _delivery;
    private readonly OctetPool _pool;
    private readonly ShadowRequest _request;
    private MessageBuilder _beginning;
    private ShadowConnection? _carrier;
    private Connection? _connection;
    private Stage _stage;
    private long _given;
    private long _takenBefore;

    /// <param name="delivery">Whose it is.</param>
    /// <param name="beginning">The prepared head and what there is of the body; taken over.</param>
    /// <param name="context">What belongs to it.</param>
    /// <param name="now">Monotonic nanoseconds.</param>
    internal ShadowStream(Delivery delivery, ref MessageBuilder beginning, in RequestContext context, long now)
    {
        _delivery = delivery;
        _pool = beginning.Pool;
        _beginning = beginning.Move();
        Method = _beginning.Method;
        _request = new ShadowRequest(null, context, now, WasResent: false, this);
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

    /// <summary>The request.</summary>
    internal ref readonly ShadowRequest Request => ref _request;

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
    internal void Start(ShadowConnection carrier, Connection connection)
    {
        Debug.Assert(_stage == Stage.Waiting);
        _stage = IsComplete ? Stage.Over : Stage.Sending;
        _carrier = carrier;
        _connection = connection;
        using var message = _beginning.Seal(IsComplete ? MessageState.Complete : MessageState.Incomplete);
        _given = message.RawOctets;
        MessageParts.WriteAll(connection, message);
    }

    /// <summary>Whether the target is not to blame that time passes: it has taken octets since this was asked last, or there are none to
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
        var bound = _delivery.Options.StreamBufferBytes;
        if (_stage == Stage.Waiting)
        {
            return _beginning.RawBodyOctets <= bound - octets.Length && _beginning.TryAppend(octets);
        }

        _given += octets.Length;
        return _connection!.PendingWriteBytes <= bound - octets.Length && MessageParts.TryWriteCopy(_connection, octets, _pool);
    }

    private void GiveUp(DropReason reason)
    {
        if (_stage == Stage.Sending)
        {
            _stage = Stage.Over;
            _carrier!.GiveUp(reason);
        }
        else if (_stage == Stage.Waiting && !IsComplete)
        {
            _delivery.Withdraw(_request, reason);
        }
    }
}

using Parallax.Reactor.Connections;
using Parallax.Shadows.Clients;
using Parallax.Traffic.Queues;

namespace Parallax.Shadows.Delivery;

/// <summary>Ends the requests of a target, each once: counts the outcome and reports it. Streams that wait are withdrawn here.</summary>
/// <remarks>Thread safety: belongs to the loop's thread.</remarks>
internal sealed class Settlement(ShadowTargetConfig config, IEventLoop loop, ShadowCounters counters) : IRequestListener, IStreamCarrier
{
    private bool _isStopping;

    /// <summary>From now on a connection that is closed by us is not a fault of the target.</summary>
    public void Stop() => _isStopping = true;

    /// <summary>Gives a request that waited to a connection: from now on it is in flight.</summary>
    public void Begin(MessageConnection connection, in OutgoingRequest request)
    {
        counters.AddInFlight(1);
        connection.Start(request);
    }

    /// <summary>A request whose connection turned out to be closed goes to another one.</summary>
    public void CountResent() => counters.CountResent();

    /// <inheritdoc/>
    public void OnSending(in OutgoingRequest request, long now)
    {
        // Of a second attempt the delay says nothing.
        if (request.Context.ArrivedAt != 0 && !request.WasResent)
        {
            counters.Delay.Record(now - request.Context.ArrivedAt);
        }
    }

    /// <inheritdoc/>
    public void OnAnswered(in SentRequest sent, in ClientAnswer answer) => End(sent, new ShadowOutcome
    {
        Context = sent.Request.Context,
        Result = ShadowResult.Answered,
        Status = answer.Status,
        BodyOctets = answer.BodyOctets,
        IsAnswerCut = answer.IsCut,
        Answer = answer.Message,
    });

    /// <inheritdoc/>
    public void OnUnanswered(in SentRequest sent, FailureReason failure, DropReason givenUp, CloseReason reason)
    {
        var isStopped = reason == CloseReason.LoopStopped || (_isStopping && reason == CloseReason.Closed);
        var drop = givenUp == DropReason.None && isStopped ? DropReason.Shutdown : givenUp;
        var context = sent.Request.Context;
        End(sent, drop == DropReason.None
            ? new ShadowOutcome { Context = context, Result = ShadowResult.Failed, Failure = failure }
            : new ShadowOutcome { Context = context, Result = ShadowResult.Dropped, Drop = drop });
    }

    /// <summary>Ends a request that was to be sent again and never was. Takes ownership of the request.</summary>
    public void DropResent(in OutgoingRequest request, DropReason reason) => End(new SentRequest(request, SentAt: 0), new ShadowOutcome
    {
        Context = request.Context,
        Result = ShadowResult.Dropped,
        Drop = reason,
    });

    /// <summary>Ends a request that never came to a connection. Takes ownership of the request.</summary>
    public void Drop(in OutgoingRequest request, DropReason reason) => EndWaiting(request, new ShadowOutcome
    {
        Context = request.Context,
        Result = ShadowResult.Dropped,
        Drop = reason,
        OfferedAt = request.OfferedAt,
    });

    /// <summary>Ends a request for which no connection could be made. Takes ownership of the request.</summary>
    public void Fail(in OutgoingRequest request, FailureReason failure) => EndWaiting(request, new ShadowOutcome
    {
        Context = request.Context,
        Result = ShadowResult.Failed,
        Failure = failure,
        OfferedAt = request.OfferedAt,
    });

    /// <inheritdoc/>
    void IStreamCarrier.OnStreamComplete()
    {
    }

    // Its place in the queue stays until its turn comes.
    void IStreamCarrier.GiveUp(RequestStream stream, DropReason reason)
    {
        Drop(OutgoingRequest.Of(stream), reason);
        counters.AddWithdrawn(1);
    }

    private void End(in SentRequest sent, in ShadowOutcome outcome)
    {
        counters.AddInFlight(-1);
        Settle(outcome with
        {
            WasResent = sent.Request.WasResent,
            OfferedAt = sent.Request.OfferedAt,
            SentAt = sent.SentAt,
            FirstOctetAt = sent.FirstOctetAt,
        });
        sent.Request.Message?.Dispose();
    }

    private void EndWaiting(in OutgoingRequest request, in ShadowOutcome outcome)
    {
        if (request.Stream is not { } stream)
        {
            Settle(outcome);
            request.Message?.Dispose();
        }
        else if (stream.IsOver)
        {
            counters.AddWithdrawn(-1);
        }
        else
        {
            stream.End();
            Settle(outcome);
        }
    }

    private void Settle(in ShadowOutcome outcome)
    {
        var ended = outcome with { EndedAt = loop.Clock.GetNanoseconds() };
        counters.Count(ended);
        config.Observer?.Invoke(config, ended);
    }
}

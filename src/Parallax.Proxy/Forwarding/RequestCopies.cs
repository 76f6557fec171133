using Parallax.Proxy.Routing;
using Parallax.Shadows.Clients;
using Parallax.Shadows.Delivery;
using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Policy;
using Parallax.Traffic.Queues;
using Parallax.Traffic.Rewriting;

namespace Parallax.Proxy.Forwarding;

/// <summary>The copies of one request: decided once, when it is sent to the primary, and never again. A request that is whole in one turn
/// is offered as a complete message; one whose body is still coming becomes a stream.</summary>
/// <remarks>Thread safety: belongs to the loop's thread.</remarks>
internal sealed class RequestCopies(ProxyWorker worker)
{
    // Fields that a shadow's head has and the client's has not.
    private const int AddedBytes = 256;

    // A client may announce any length. Beyond what memory could hold it says nothing more.
    private const long MaxExpectedBytes = 1L << 40;

    private Copy[] _copies = new Copy[2];
    private int _count;

    /// <summary>Copies begun for the request at hand.</summary>
    public int Made { get; private set; }

    /// <summary>Forgets the request before.</summary>
    public void Reset() => Made = 0;

    /// <summary>Decides about every mirror of the destination and begins the copies.</summary>
    /// <param name="target">The destination.</param>
    /// <param name="request">The request.</param>
    /// <param name="inputs">What is written into heads besides.</param>
    /// <param name="context">What belongs to the copies.</param>
    /// <param name="isTunnel">True when the request asks for a tunnel, which is never copied.</param>
    public void Begin(RouteTarget target, in RoutedRequest request, in HeadInputs inputs, in RequestContext context, bool isTunnel)
    {
        var mirrors = target.Mirrors;
        if (mirrors.Count == 0)
        {
            return;
        }

        var draw = worker.Draw.Next(request.Head, request.Octets, request.Client);
        var known = new MirrorContext(inputs.IsShadow, isTunnel, draw, worker.Loop.Now);
        for (var index = 0; index < mirrors.Count; index++)
        {
            var leg = worker.Mirrors.Of(mirrors[index]);
            if (!leg.Tally.Counters.Count(leg.Mirror.Policy.Decide(request.Head, request.Octets, known, request.Scratch)))
            {
                continue;
            }

            if (worker.ShadowShare.IsClosed)
            {
                leg.Tally.Counters.Drops.Count(DropReason.Overload);
            }
            else
            {
                Begin(leg, request, inputs, context);
            }
        }
    }

    /// <summary>A piece of the body is there.</summary>
    public void Append(ReadOnlySpan<byte> octets)
    {
        for (var index = 0; index < _count; index++)
        {
            ref var copy = ref _copies[index];
            if (copy.Message is { } message)
            {
                message.Append(octets);
            }
            else
            {
                copy.Stream?.TryAppend(octets);
            }
        }
    }

    /// <summary>The request is whole: the copies are on their way.</summary>
    public void Complete()
    {
        for (var index = 0; index < _count; index++)
        {
            ref var copy = ref _copies[index];
            if (copy.Message is { } message)
            {
                message.IsComplete = true;
                ReportRefusal(copy, copy.Target.Offer(message, copy.Context));
            }
            else
            {
                copy.Stream?.Complete();
            }

            copy = default;
        }

        _count = 0;
    }

    /// <summary>The body is still coming: what there is of it is on its way.</summary>
    public void Stream()
    {
        for (var index = 0; index < _count; index++)
        {
            ref var copy = ref _copies[index];
            if (copy.Message is { } message)
            {
                copy.Message = null;
                copy.Stream = copy.Target.OpenStream(message, copy.Context, out var refused);
                ReportRefusal(copy, refused);
            }
        }
    }

    /// <summary>The request will never be whole.</summary>
    public void Cancel()
    {
        // What was not offered yet is, so that the target counts it.
        Stream();
        for (var index = 0; index < _count; index++)
        {
            _copies[index].Stream?.Cancel();
            _copies[index] = default;
        }

        _count = 0;
    }

    private void Begin(MirrorLeg leg, in RoutedRequest request, in HeadInputs inputs, in RequestContext context)
    {
        if (leg.Cluster is not { } cluster || cluster.Balancer.Begin(request, avoid: null, worker.Loop.Now) is not { } endpoint)
        {
            leg.Tally.Counters.Drops.Count(DropReason.NoEndpoint);
            return;
        }

        cluster.Balancer.End(endpoint);

        var expected = request.Octets.Length + AddedBytes + Math.Clamp(request.Head.ContentLength, 0, MaxExpectedBytes);
        if (worker.Pool.RentedBytes + Math.Min(expected, Message.BlockBytes) > worker.Pool.LimitBytes)
        {
            leg.Tally.Counters.Drops.Count(DropReason.QueueBytes);
            return;
        }

        leg.Tally.CountOffered();
        Made++;
        worker.CopyReports?.OnBegun(context.ExchangeId, inputs.RequestId);
        var shadow = worker.Mirrors.TargetOf(cluster, endpoint);
        if (shadow.Refuse(request.Octets.Length) is not DropReason.None and var refused)
        {
            worker.CopyReports?.OnRefused(context.ExchangeId, shadow, refused);
            return;
        }

        var message = Message.RentPrepared(worker.Pool, request.Head.KnownMethod, expected);
        leg.Mirror.Rewriter.Write(request.Head, request.Octets, inputs, worker.Scratch, message);
        message.EndHead();
        if (_count == _copies.Length)
        {
            Array.Resize(ref _copies, _count * 2);
        }

        _copies[_count++] = new Copy { Target = shadow, Context = context, Message = message };
    }

    private void ReportRefusal(in Copy copy, DropReason refused)
    {
        if (refused != DropReason.None)
        {
            worker.CopyReports?.OnRefused(copy.Context.ExchangeId, copy.Target, refused);
        }
    }

    private struct Copy
    {
        public ShadowTarget Target;
        public RequestContext Context;
        public Message? Message;
        public RequestStream? Stream;
    }
}

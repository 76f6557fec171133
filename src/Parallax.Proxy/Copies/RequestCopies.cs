using Parallax.Proxy.Bounds;
using Parallax.Proxy.Requests;
using Parallax.Proxy.Routing;
using Parallax.Shadows.Clients;
using Parallax.Shadows.Delivery;
using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Policy;
using Parallax.Traffic.Queues;
using Parallax.Traffic.Rewriting;

namespace Parallax.Proxy.Copies;

/// <summary>The copies of one request: decided once, when it is sent to the primary, and never again. A request that is complete in one
/// turn is offered as a complete message; one whose body is still coming becomes a stream.</summary>
/// <remarks>Thread safety: belongs to the loop's thread.</remarks>
internal sealed class RequestCopies(LoopContext context, WorkerMirrors mirrors) : IExchangeObserver
{
    // Fields that a shadow's head has and the client's has not.
    private const int AddedBytes = 256;

    // A client may announce any length. Beyond what memory could hold it says nothing more.
    private const long MaxExpectedBytes = 1L << 40;

    private Copy[] _copies = new Copy[2];
    private int _count;

    /// <summary>Copies made of the request that was sent last.</summary>
    public int Made { get; private set; }

    /// <inheritdoc/>
    public void Begin(ClientRequest request, RouteTarget target, in HeadInputs inputs)
    {
        Made = 0;
        if (target.Mirrors.Count == 0)
        {
            return;
        }

        var routed = request.Routed;
        var exchange = request.Context;
        mirrors.Recorded?.Begin(exchange.ExchangeId);
        var draw = mirrors.Draw.Next(routed.Head, routed.Octets, routed.Client);
        var known = new MirrorContext(inputs.IsShadow, request.IsTunnel, draw, context.Loop.Now);
        var facts = ExchangeFacts.Of(routed.Head, routed.Octets);
        for (var index = 0; index < target.Mirrors.Count; index++)
        {
            var mirror = mirrors.Of(target.Mirrors[index]);
            var decision = mirror.Mirror.Policy.Decide(facts, known, context.MatchScratch);
            if (!mirror.Tally.Counters.Count(decision, draw.Session))
            {
                continue;
            }

            if (mirrors.TakesCopies)
            {
                Begin(mirror, routed, inputs, exchange);
            }
            else
            {
                mirror.Tally.Counters.Drops.Count(DropReason.Overload);
            }
        }

        mirrors.Recorded?.Expect(exchange.ExchangeId, Made);
    }

    /// <inheritdoc/>
    public void AppendRequest(ReadOnlySpan<byte> octets)
    {
        for (var index = 0; index < _count; index++)
        {
            ref var copy = ref _copies[index];
            if (copy.Message.IsBuilding)
            {
                copy.Message.Append(octets);
            }
            else
            {
                copy.Stream?.TryAppend(octets);
            }
        }
    }

    /// <summary>What there is of the request is on its way.</summary>
    public void PauseRequest()
    {
        for (var index = 0; index < _count; index++)
        {
            ref var copy = ref _copies[index];
            if (copy.Message.IsBuilding)
            {
                copy.Stream = copy.Target.OpenStream(ref copy.Message, copy.Context, out var refused);
                ReportRefusal(copy, refused);
            }
        }
    }

    /// <summary>The copies are complete: they are on their way.</summary>
    public void EndRequest()
    {
        for (var index = 0; index < _count; index++)
        {
            ref var copy = ref _copies[index];
            if (copy.Message.IsBuilding)
            {
                ReportRefusal(copy, copy.Target.Offer(copy.Message.Seal(MessageState.Complete), copy.Context));
            }
            else
            {
                copy.Stream?.Complete();
            }

            copy = default;
        }

        _count = 0;
    }

    /// <inheritdoc/>
    public void AbortRequest()
    {
        // What was not offered yet is, so that the target counts it.
        PauseRequest();
        for (var index = 0; index < _count; index++)
        {
            _copies[index].Stream?.Cancel();
            _copies[index] = default;
        }

        _count = 0;
    }

    private void Begin(LoopMirror mirror, in RoutedRequest request, in HeadInputs inputs, in RequestContext exchange)
    {
        if (mirror.Cluster is not { } cluster || cluster.Balancer.Begin(request, avoid: null, context.Loop.Now) is not { } endpoint)
        {
            mirror.Tally.Counters.Drops.Count(DropReason.NoEndpoint);
            return;
        }

        cluster.Balancer.End(endpoint);

        var expected = request.Octets.Length + AddedBytes + Math.Clamp(request.Head.ContentLength, 0, MaxExpectedBytes);
        if (mirrors.Pool.RentedBytes + Math.Min(expected, Message.BlockBytes) > mirrors.Pool.LimitBytes)
        {
            mirror.Tally.Counters.Drops.Count(DropReason.QueueBytes);
            return;
        }

        mirror.Tally.CountOffered();
        Made++;
        mirrors.Reports?.OnBegun(exchange.ExchangeId, inputs.RequestId);
        var shadow = mirrors.TargetOf(cluster, endpoint);
        if (shadow.Refuse(request.Octets.Length) is not DropReason.None and var refused)
        {
            OnRefused(exchange.ExchangeId, shadow, refused);
            return;
        }

        var message = default(MessageBuilder);
        var head = message.BeginPrepared(mirrors.Pool, request.Head.KnownMethod, expected);
        mirror.Mirror.Rewriter.Write(request.Head, request.Octets, inputs, context.Scratch, head);
        message.EndHead();
        if (_count == _copies.Length)
        {
            Array.Resize(ref _copies, _count * 2);
        }

        _copies[_count++] = new Copy { Target = shadow, Context = exchange, Message = message.Move() };
    }

    private void ReportRefusal(in Copy copy, DropReason refused)
    {
        if (refused != DropReason.None)
        {
            OnRefused(copy.Context.ExchangeId, copy.Target, refused);
        }
    }

    private void OnRefused(long exchange, ShadowTarget target, DropReason refused)
    {
        mirrors.Reports?.OnRefused(exchange, target, refused);
        mirrors.Recorded?.Refuse(exchange, target.Name, refused);
    }

    private struct Copy
    {
        public ShadowTarget Target;
        public RequestContext Context;
        public MessageBuilder Message;
        public RequestStream? Stream;
    }
}

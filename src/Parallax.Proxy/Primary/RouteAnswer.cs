using System.Buffers;
using Parallax.Proxy.Accounts;
using Parallax.Proxy.Bounds;
using Parallax.Proxy.Configuration.Model;
using Parallax.Proxy.Requests;
using Parallax.Proxy.Routing;
using Parallax.Traffic.Policy;
using Parallax.Wire.Http1;

namespace Parallax.Proxy.Primary;

/// <summary>What the proxy answers itself, without asking any primary: no route, redirects, direct responses, preflights, injected
/// aborts.</summary>
/// <remarks>Thread safety: pure functions; scratch room is the loop's.</remarks>
internal static class RouteAnswer
{
    /// <summary>Answers a request that is not forwarded.</summary>
    /// <returns>False when it is to be forwarded.</returns>
    public static bool TryGive(ClientRequest request, ResponseRelay response)
    {
        var hit = request.Hit;
        if (hit.IsMisdirected)
        {
            // RFC 9110 §15.5.20: another connection, made to that server, may be the right one.
            response.Answer(
                LocalReason.Misdirected, 421, "this connection was not made to the server of this host"u8, [], mayKeepAlive: false);
            return true;
        }

        if (request.HasInvalidPath)
        {
            response.Answer(
                LocalReason.InvalidPath, 400, "the path holds %00, or its rewritten prefix ends before dots"u8, [], mayKeepAlive: true);
            return true;
        }

        if (request.Head.KnownMethod == KnownMethod.Connect && !request.IsTunnel)
        {
            response.Answer(LocalReason.TunnelRefused, 501, "CONNECT is not allowed here"u8, [], mayKeepAlive: false);
            return true;
        }

        if (hit.RedirectsToHttps)
        {
            Redirect(request, RedirectWriter.ToHttps, response);
            return true;
        }

        if (hit.Route is not { } route)
        {
            response.Answer(LocalReason.NoRoute, 404, "no route matches this request"u8, [], mayKeepAlive: true);
            return true;
        }

        if (route.Cors is { } cors && TryAnswerPreflight(cors, request, response))
        {
            return true;
        }

        if (route.Config.Redirect is { } redirect)
        {
            Redirect(request, redirect, response);
            return true;
        }

        if (route.Config.DirectResponse is { } direct)
        {
            response.Answer(
                LocalReason.DirectResponse, direct.Status, direct.Body, request.ResponseLines, true, request.ResponseEdits(direct.Status));
            return true;
        }

        return false;
    }

    /// <summary>Answers a request that is chosen to be aborted.</summary>
    /// <returns>False when it is not.</returns>
    public static bool TryAbort(LoopContext context, FaultConfig fault, ResponseRelay response)
    {
        if (fault.AbortStatus is not { } status || !fault.AbortSampler.Selects(context.Random.Next(Sampler.Denominator)))
        {
            return false;
        }

        response.Answer(LocalReason.Fault, status, "fault filter abort"u8, [], mayKeepAlive: true);
        return true;
    }

    // The response gains lines when the request's origin is allowed; a preflight is answered here.
    private static bool TryAnswerPreflight(CorsAnswer cors, ClientRequest request, ResponseRelay response)
    {
        var decision = cors.Decide(request.Routed, out OctetRange origin);
        cors.WriteLines(decision, request.Routed, origin.Of(request.Buffer.Head), request.AddLines());
        if (decision is not (CorsDecision.Preflight or CorsDecision.RefusedPreflight))
        {
            return false;
        }

        response.Answer(LocalReason.Preflight, 200, [], request.ResponseLines, mayKeepAlive: true);
        return true;
    }

    private static void Redirect(ClientRequest request, RedirectConfig redirect, ResponseRelay response)
    {
        IBufferWriter<byte> lines = request.AddLines();
        RedirectWriter.WriteLocation(redirect, request.Routed, request.ListenerPort, request.Hit.MatchedPrefix, lines);
        response.Answer(
            LocalReason.Redirect, redirect.Status, [], request.ResponseLines, true, request.ResponseEdits(redirect.Status));
    }
}

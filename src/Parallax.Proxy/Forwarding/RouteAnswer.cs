namespace Parallax.Proxy.Forwarding;

/// <summary>What the proxy answers itself, without asking any primary.</summary>
/// <remarks>Thread safety: pure functions.</remarks>
internal static class RouteAnswer
{
    /// <summary>Answers a request that is not forwarded.</summary>
    /// <returns>False when it is to be forwarded.</returns>
    public static bool TryGive(ClientRequest request, ResponseRelay response)
    {
        if (request.Hit.Route is not { } route)
        {
            response.Answer(404, [], [], mayKeepAlive: true);
            return true;
        }

        if (route.Config.DirectResponse is { } direct)
        {
            response.Answer(direct.Status, direct.Body, [], mayKeepAlive: true);
            return true;
        }

        return false;
    }
}

using Parallax.Proxy.Accounts;
using Parallax.Proxy.Bounds;
using Parallax.Proxy.Requests;

namespace Parallax.Proxy.Primary;

/// <summary>Counts an exchange that is over, and reports it to the access log.</summary>
/// <remarks>Thread safety: belongs to the loop's thread.</remarks>
internal sealed class ExchangeReport(LoopContext context, ClientRequest request, ResponseRelay response, PrimaryAttempt attempt)
{
    // What nginx logs of a client that closed before it was answered; no client ever sees it.
    private const int ClientGoneStatus = 499;

    /// <summary>The exchange is over.</summary>
    /// <param name="reason">Why there is no complete response; none when there is one.</param>
    /// <param name="retries">Tries beyond the first.</param>
    /// <param name="copies">Copies made.</param>
    public void Send(BreakReason reason, int retries, int copies)
    {
        var duration = context.Loop.Now - request.BeganAt;
        context.Counters.CountEnd(response.Status, response.Reason, reason, duration);
        context.Options.Observer?.Invoke(new AccessEntry(request.Head, request.Buffer.Head)
        {
            RequestId = request.Id,
            Client = request.Client,
            Status = response.Status == 0 && reason == BreakReason.ClientGone ? ClientGoneStatus : response.Status,
            Break = reason,
            Local = response.Reason,
            RequestOctets = request.BodyOctets,
            ResponseOctets = response.Octets,
            Duration = duration,
            Route = request.Hit.Route?.Config.Name,
            Cluster = attempt.Cluster?.Config.Name,
            Endpoint = attempt.Endpoint?.Address,
            Retries = retries,
            Copies = copies,
        });
    }
}

using System.Net;
using Parallax.Proxy.Requests;
using Parallax.Proxy.Routing;
using Parallax.Traffic.Rewriting;
using Parallax.Wire.Http1;

namespace Parallax.Proxy.Copies;

/// <summary>All observers of one connection's exchanges as one. It holds them to the order of <see cref="IExchangeObserver"/>: a call that
/// comes again, or for a part that is over, is passed over.</summary>
/// <remarks>Thread safety: belongs to the loop's thread.</remarks>
internal sealed class ExchangeObservers(params IExchangeObserver[] observers) : IExchangeObserver
{
    private bool _isOpen;
    private bool _isRequestOpen;

    /// <inheritdoc/>
    public void Begin(ClientRequest request, RouteTarget target, in HeadInputs inputs)
    {
        if (_isOpen)
        {
            return;
        }

        _isOpen = _isRequestOpen = true;
        foreach (var observer in observers)
        {
            observer.Begin(request, target, inputs);
        }

        if (request.IsWhole)
        {
            EndRequest();
        }
    }

    /// <inheritdoc/>
    public void AppendRequest(ReadOnlySpan<byte> octets)
    {
        if (_isRequestOpen)
        {
            foreach (var observer in observers)
            {
                observer.AppendRequest(octets);
            }
        }
    }

    /// <inheritdoc/>
    public void PauseRequest()
    {
        if (_isRequestOpen)
        {
            foreach (var observer in observers)
            {
                observer.PauseRequest();
            }
        }
    }

    /// <inheritdoc/>
    public void EndRequest()
    {
        if (_isRequestOpen)
        {
            _isRequestOpen = false;
            foreach (var observer in observers)
            {
                observer.EndRequest();
            }
        }
    }

    /// <inheritdoc/>
    public void AbortRequest()
    {
        if (_isRequestOpen)
        {
            _isRequestOpen = false;
            foreach (var observer in observers)
            {
                observer.AbortRequest();
            }
        }
    }

    /// <inheritdoc/>
    public void BeginResponse(MessageHead head, BodyFraming framing, ReadOnlySpan<byte> octets)
    {
        foreach (var observer in observers)
        {
            observer.BeginResponse(head, framing, octets);
        }
    }

    /// <inheritdoc/>
    public void AppendResponse(ReadOnlySpan<byte> raw, ReadOnlySpan<byte> content)
    {
        foreach (var observer in observers)
        {
            observer.AppendResponse(raw, content);
        }
    }

    /// <inheritdoc/>
    public void EndResponse()
    {
        foreach (var observer in observers)
        {
            observer.EndResponse();
        }
    }

    /// <inheritdoc/>
    public void End(IPEndPoint? server)
    {
        if (!_isOpen)
        {
            return;
        }

        AbortRequest();
        _isOpen = false;
        foreach (var observer in observers)
        {
            observer.End(server);
        }
    }
}

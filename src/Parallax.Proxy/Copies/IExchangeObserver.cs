using System.Net;
using Parallax.Proxy.Requests;
using Parallax.Proxy.Routing;
using Parallax.Traffic.Rewriting;
using Parallax.Wire.Http1;

namespace Parallax.Proxy.Copies;

/// <summary>Follows the exchanges of one connection, one after the other, from the moment the request is first sent to a primary. For each
/// exchange the calls are: <see cref="Begin"/>; the request, ended by <see cref="EndRequest"/> or <see cref="AbortRequest"/>, and the
/// response meanwhile; <see cref="End"/>. What ends without <see cref="EndRequest"/> or <see cref="EndResponse"/> is incomplete.</summary>
/// <remarks>An observer must not slow the exchange down. Octets and heads are valid during the call. Thread safety: called on the loop's
/// thread.</remarks>
internal interface IExchangeObserver
{
    /// <summary>The request's head is sent to a primary; further tries are not reported.</summary>
    /// <param name="request">The request; its properties are valid until <see cref="End"/>.</param>
    /// <param name="target">Where it goes.</param>
    /// <param name="inputs">What is written into heads besides.</param>
    void Begin(ClientRequest request, RouteTarget target, in HeadInputs inputs);

    /// <summary>A piece of the request's body, framing included.</summary>
    void AppendRequest(ReadOnlySpan<byte> octets);

    /// <summary>Everything that was received of the request was handed over, and it is not complete.</summary>
    void PauseRequest()
    {
    }

    /// <summary>The request is complete.</summary>
    void EndRequest();

    /// <summary>The rest of the request is discarded.</summary>
    void AbortRequest()
    {
    }

    /// <summary>A head of the primary's, interim or final, that is passed on.</summary>
    /// <param name="head">The head.</param>
    /// <param name="framing">How the response's body ends; a tunnel's octets are not handed over.</param>
    /// <param name="octets">The octets it was read from.</param>
    void BeginResponse(MessageHead head, BodyFraming framing, ReadOnlySpan<byte> octets)
    {
    }

    /// <summary>A piece of the response's body.</summary>
    /// <param name="raw">With its framing.</param>
    /// <param name="content">Without.</param>
    void AppendResponse(ReadOnlySpan<byte> raw, ReadOnlySpan<byte> content)
    {
    }

    /// <summary>The response is complete.</summary>
    void EndResponse()
    {
    }

    /// <summary>The exchange is over, in whatever way.</summary>
    /// <param name="server">The endpoint that was asked last; null when none was.</param>
    void End(IPEndPoint? server)
    {
    }
}

using Parallax.Proxy.Bounds;
using Parallax.Proxy.Primary;
using Parallax.Proxy.Requests;
using Parallax.Reactor.Connections;
using Parallax.Wire.Http1;

namespace Parallax.Proxy.Serving;

/// <summary>Reads a client's requests, one after the other, for its exchange.</summary>
/// <remarks>Thread safety: belongs to the loop's thread.</remarks>
internal sealed class RequestReader(LoopContext context, ServerMachine machine, ClientConnection client, PrimaryExchange exchange)
{
    /// <summary>Reads until there is no more, or what there is has to wait.</summary>
    /// <returns>How many octets are done with.</returns>
    public int Read(Connection connection, ReadOnlySpan<byte> octets)
    {
        var total = 0;
        while (connection.IsOpen && !client.IsLingering)
        {
            if (MustWait(connection))
            {
                if (total < octets.Length)
                {
                    connection.PauseReading();
                }

                break;
            }

            var isFirst = machine.IsIdle;
            var readEvent = machine.Read(octets[total..], out var consumed);
            total += consumed;
            if (readEvent.Kind == ReadEventKind.NeedMore)
            {
                AwaitMore(consumed);
                break;
            }

            switch (readEvent.Kind)
            {
                case ReadEventKind.Head:
                    client.AwaitResponse();
                    exchange.Begin(readEvent.RawOctets, octets.Length - total);
                    break;
                case ReadEventKind.Body:
                    exchange.OnRequestBody(readEvent.RawOctets);
                    break;
                case ReadEventKind.End:
                    client.AwaitResponse();
                    exchange.OnRequestEnd();
                    break;
                default:
                    OnMalformed(isFirst ? readEvent.RawOctets : []);
                    break;
            }
        }

        return total;
    }

    // A request without a body is read to its end before anything else; one with a body waits until somebody takes that.
    private bool MustWait(Connection connection) => exchange.IsActive
        ? machine.IsWhole || (machine.HasBody && !exchange.TakesBody)
        : connection.IsCongested;

    private void AwaitMore(int consumed)
    {
        if (machine.IsInBody)
        {
            client.AwaitRestOfBody();
        }
        else if (client.AwaitsRequest && consumed > 0 && !machine.IsIdle)
        {
            client.AwaitRestOfHead();
        }
    }

    private void OnMalformed(ReadOnlySpan<byte> octets)
    {
        context.Counters.CountMalformed();
        var error = machine.Error;
        if (exchange.IsActive)
        {
            exchange.OnRequestBroken(error.ResponseStatus(), RefusedRequest.TextOf(error));
        }
        else
        {
            client.Refuse(error.ResponseStatus(), RefusedRequest.TextOf(error), RefusedRequest.NameOf(error), octets);
        }
    }
}

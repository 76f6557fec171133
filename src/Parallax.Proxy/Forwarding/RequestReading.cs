using Parallax.Reactor.Connections;
using Parallax.Wire.Http1;

namespace Parallax.Proxy.Forwarding;

/// <summary>Reads a client's requests, one after the other, for its exchange.</summary>
/// <remarks>Thread safety: belongs to the loop's thread.</remarks>
internal sealed class RequestReading(ProxyWorker worker, ClientConnection client, PrimaryExchange exchange)
{
    private readonly ServerMachine _machine = client.Machine;

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

            var isFirst = _machine.IsIdle;
            var readEvent = _machine.Read(octets[total..], out var consumed);
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
        ? _machine.IsWhole || (_machine.HasBody && !exchange.TakesBody)
        : connection.IsCongested;

    private void AwaitMore(int consumed)
    {
        if (_machine.IsInBody)
        {
            client.AwaitRestOfBody();
        }
        else if (client.AwaitsRequest && consumed > 0 && !_machine.IsIdle)
        {
            client.AwaitRestOfHead();
        }
    }

    private void OnMalformed(ReadOnlySpan<byte> octets)
    {
        worker.Counters.CountMalformed();
        var error = _machine.Error;
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

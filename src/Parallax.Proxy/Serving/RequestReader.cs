using Parallax.Proxy.Bounds;
using Parallax.Proxy.Primary;
using Parallax.Proxy.Requests;
using Parallax.Reactor.Connections;
using Parallax.Wire.Http1;

namespace Parallax.Proxy.Serving;

/// <summary>Reads a client's requests, one after the other, for its exchange.</summary>
/// <remarks>Thread safety: belongs to the loop's thread.</remarks>
internal sealed class RequestReader(LoopContext context, ServerMachine machine, ClientPhase phase, PrimaryExchange exchange)
{
    /// <summary>Reads until there is no more, or what there is has to wait.</summary>
    /// <param name="connection">The client's connection.</param>
    /// <param name="octets">What has come.</param>
    /// <param name="total">How many octets are done with.</param>
    /// <param name="malformed">What is there of a request that has to be refused, from its first octet on; empty when that is gone.</param>
    /// <returns>False when a request has to be refused: its head is malformed.</returns>
    public bool TryRead(Connection connection, ReadOnlySpan<byte> octets, out int total, out ReadOnlySpan<byte> malformed)
    {
        total = 0;
        malformed = [];
        while (connection.IsOpen && !phase.IsLingering)
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
                    phase.AwaitResponse();
                    exchange.Begin(readEvent.RawOctets, octets.Length - total);
                    break;
                case ReadEventKind.Body:
                    exchange.OnRequestBody(readEvent.RawOctets);
                    break;
                case ReadEventKind.End:
                    phase.AwaitResponse();
                    exchange.OnRequestEnd();
                    break;
                default:
                    context.Counters.CountMalformed();
                    if (!exchange.IsActive)
                    {
                        malformed = isFirst ? readEvent.RawOctets : [];
                        return false;
                    }

                    exchange.OnRequestBroken(machine.Error.ResponseStatus(), RefusedRequest.TextOf(machine.Error));
                    break;
            }
        }

        return true;
    }

    // A request without a body is read to its end before anything else; one with a body waits until somebody takes that.
    private bool MustWait(Connection connection) => exchange.IsActive
        ? machine.IsWhole || (machine.HasBody && !exchange.TakesBody)
        : connection.IsCongested;

    private void AwaitMore(int consumed)
    {
        if (machine.IsInBody)
        {
            phase.AwaitRestOfBody();
        }
        else if (phase.AwaitsRequest && consumed > 0 && !machine.IsIdle)
        {
            phase.AwaitRestOfHead();
        }
    }
}

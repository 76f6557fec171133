using Parallax.Reactor.Connections;
using Parallax.Traffic.Exchanges;

namespace Parallax.Shadows.Clients;

/// <summary>The request that a connection was given last, as long as it is not sent whole.</summary>
/// <remarks>Ownership: holds a reference of a message that could not be sent at once until <see cref="Stop"/>. Thread safety: belongs to
/// the loop's thread.</remarks>
internal sealed class RequestUpload(RequestHeads heads)
{
    private RequestParts _parts;
    private Message? _message;

    /// <summary>The stream, until <see cref="EndStream"/>; null for none.</summary>
    public RequestStream? Stream { get; private set; }

    /// <summary>True when a request may be given: none is being sent, and no stream has the connection to itself.</summary>
    public bool IsFree => _message is null && Stream is null;

    /// <summary>True when every octet was given to the connection.</summary>
    public bool IsWhole => _message is null && Stream is null or { IsComplete: true };

    /// <summary>Begins a request; its octets are the caller's until it is over.</summary>
    public void Begin(IStreamCarrier carrier, Connection connection, in OutgoingRequest request)
    {
        if (request.Stream is { } stream)
        {
            Stream = stream;
            stream.Start(carrier, connection);
        }
        else if (request.Message is { } message)
        {
            Begin(connection, message);
        }
    }

    /// <summary>The connection takes octets again.</summary>
    /// <returns>False when there was nothing to be sent.</returns>
    public bool TryGoOn(Connection connection)
    {
        if (_message is not { } message)
        {
            return false;
        }

        Pump(connection, message);
        if (!_parts.HasMore)
        {
            Stop();
        }

        return true;
    }

    /// <summary>Sends no more of a message.</summary>
    public void Stop()
    {
        _parts.Forget();
        _message?.Dispose();
        _message = null;
    }

    /// <summary>The stream is over.</summary>
    public void EndStream()
    {
        Stream?.End();
        Stream = null;
    }

    private void Begin(Connection connection, Message request)
    {
        var isFinal = heads.AreFinal(request);
        if (!isFinal)
        {
            connection.Write(heads.HeadOf(request));
        }

        _parts.Begin(request, isFinal);
        Pump(connection, request);
        if (_parts.HasMore)
        {
            _message = request.Retain();
        }
        else
        {
            _parts.Forget();
        }
    }

    // Gives the connection as much as it takes.
    private void Pump(Connection connection, Message message)
    {
        while (!connection.IsCongested && _parts.TryNext(out var part))
        {
            MessageParts.Write(connection, part, message);
        }
    }
}

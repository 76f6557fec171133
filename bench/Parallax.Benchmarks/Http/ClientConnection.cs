using System.Text;
using Parallax.Reactor.Connections;
using Parallax.Wire.Http1;

namespace Parallax.Benchmarks.Http;

/// <summary>One connection of a <see cref="FixedRateClient"/>, one request at a time.</summary>
internal sealed class ClientConnection(FixedRateClient client) : ConnectionHandler
{
    private readonly MessageReader _reader = new(MessageKind.Response, Http1Policy.Active);
    private Connection? _connection;
    private bool _isBusy;
    private int _status;
    private ulong _hash;

    public long Due { get; private set; }

    public bool IsOpen => _connection is { IsOpen: true };

    public void Send(string head, byte[] body, long due)
    {
        Due = due;
        _isBusy = true;
        _status = 0;
        _hash = 14695981039346656037UL;
        _connection!.Write(Encoding.ASCII.GetBytes(head));
        _connection.Write(body);
    }

    public override void OnConnected(Connection connection)
    {
        _connection = connection;
        client.OnIdle(this);
    }

    public override int OnReceived(Connection connection, ReadOnlySpan<byte> octets)
    {
        var rest = octets;
        while (true)
        {
            var readEvent = _reader.Read(rest, out var consumed);
            rest = rest[consumed..];
            switch (readEvent.Kind)
            {
                case ReadEventKind.NeedMore:
                    return octets.Length;
                case ReadEventKind.Head:
                    _status = _reader.Head.StatusCode;
                    break;
                case ReadEventKind.Body:
                    Hash(readEvent.ContentOctets);
                    break;
                case ReadEventKind.End when _reader.Head.IsInterim:
                    break;
                case ReadEventKind.End:
                    Answered();
                    break;
                default:
                    connection.Abort();
                    return octets.Length;
            }
        }
    }

    public override void OnReadEnded(Connection connection)
    {
        if (_isBusy && _reader.Finish().Kind == ReadEventKind.End && !_reader.IsIncomplete)
        {
            Answered();
        }

        connection.Close();
    }

    public override void OnClosed(Connection connection, CloseReason reason) => client.OnLost(this, _isBusy);

    private void Answered()
    {
        _isBusy = false;
        client.OnAnswer(this, _status, _hash, _reader.Head.KeepAlive && IsOpen);
    }

    private void Hash(ReadOnlySpan<byte> content)
    {
        foreach (var octet in content)
        {
            _hash = unchecked((_hash ^ octet) * 1099511628211UL);
        }
    }
}

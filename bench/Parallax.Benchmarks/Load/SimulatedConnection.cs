using System.Globalization;
using Parallax.Wire.Packets;

namespace Parallax.Benchmarks.Load;

/// <summary>One client and one server that talk over connections, one after the other: handshake, exchanges, FINs.</summary>
internal sealed class SimulatedConnection
{
    private const ushort ServerPort = 80;
    private const uint Server = 0xC0A8_0001;

    private readonly LoadOptions _options;
    private readonly Random _random;
    private readonly uint _client;
    private readonly byte[] _get = [.. Payloads.Get];
    private readonly byte[] _postHead = [.. Payloads.PostHead];
    private ushort _port = 10_000;
    private uint _clientNext;
    private uint _serverNext;
    private int _exchanges;
    private bool _isPost;
    private bool _isSwapped;
    private Step _step;

    public SimulatedConnection(LoadOptions options, int index)
    {
        _options = options;
        _random = new(options.Seed * 7919 + index);
        _client = 0x0B00_0000 + ((uint)options.Seed << 18) + (uint)index;
        _clientNext = (uint)_random.Next();
        _serverNext = (uint)_random.Next();
    }

    private enum Step
    {
        Syn,
        SynAck,
        HandshakeAck,
        Request,
        SecondOfRequest,
        Response,
        ResponseAck,
        Fin,
        FinAck,
        LastAck,
    }

    /// <summary>Requests sent to their end by this connection and its predecessors.</summary>
    public long Requests { get; private set; }

    /// <summary>The next segment; views over this object's buffers, valid until the next call.</summary>
    /// <param name="number">Written into a request.</param>
    /// <param name="now">Nanoseconds since the Unix epoch, written into a request.</param>
    public Segment Next(long number, long now)
    {
        switch (_step)
        {
            case Step.Syn:
                _step = Step.SynAck;
                return FromClient(TcpFlags.Syn, default, 1);
            case Step.SynAck:
                _step = Step.HandshakeAck;
                return FromServer(TcpFlags.Syn | TcpFlags.Ack, default, 1);
            case Step.HandshakeAck:
                BeginExchange();
                return FromClient(TcpFlags.Ack, default, 0);
            case Step.Request:
                return Request(number, now);
            case Step.SecondOfRequest:
                return SecondOfRequest();
            case Step.Response:
                _step = Step.ResponseAck;
                return FromServer(TcpFlags.Ack | TcpFlags.Psh, Payloads.Response, Payloads.Response.Length);
            case Step.ResponseAck:
                BeginExchange();
                return FromClient(TcpFlags.Ack, default, 0);
            case Step.Fin:
                _step = Step.FinAck;
                return FromClient(TcpFlags.Fin | TcpFlags.Ack, default, 1);
            case Step.FinAck:
                _step = Step.LastAck;
                return FromServer(TcpFlags.Fin | TcpFlags.Ack, default, 1);
            default:
                _step = Step.Syn;
                var last = FromClient(TcpFlags.Ack, default, 0);
                _port = (ushort)(_port == 60_000 ? 10_000 : _port + 1);
                _exchanges = 0;
                return last;
        }
    }

    private void BeginExchange()
    {
        _step = _exchanges++ < _options.ExchangesPerConnection ? Step.Request : Step.Fin;
        _isPost = _random.Next(100) < _options.PostPercent;
        _isSwapped = _isPost && _random.Next(100) < _options.SwapPercent;
    }

    private Segment Request(long number, long now)
    {
        var head = _isPost ? _postHead : _get;
        number.TryFormat(head.AsSpan(Payloads.NumberAt(head)), out _, "D12", CultureInfo.InvariantCulture);
        now.TryFormat(head.AsSpan(Payloads.TimeAt(head)), out _, "D19", CultureInfo.InvariantCulture);
        if (!_isPost)
        {
            Requests++;
            _step = Step.Response;
            return FromClient(TcpFlags.Ack | TcpFlags.Psh, head, head.Length);
        }

        _step = Step.SecondOfRequest;
        if (!_isSwapped)
        {
            return FromClient(TcpFlags.Ack | TcpFlags.Psh, head, head.Length);
        }

        _clientNext += (uint)head.Length;
        return FromClient(TcpFlags.Ack | TcpFlags.Psh, Payloads.PostBody, -head.Length);
    }

    private Segment SecondOfRequest()
    {
        Requests++;
        _step = Step.Response;
        return _isSwapped
            ? FromClient(TcpFlags.Ack | TcpFlags.Psh, _postHead, _postHead.Length + Payloads.PostBody.Length)
            : FromClient(TcpFlags.Ack | TcpFlags.Psh, Payloads.PostBody, Payloads.PostBody.Length);
    }

    /// <param name="flags">TCP flags.</param>
    /// <param name="payload">Octets carried.</param>
    /// <param name="advance">How far the client's next sequence number moves.</param>
    private Segment FromClient(TcpFlags flags, ReadOnlySpan<byte> payload, int advance)
    {
        var sequence = _clientNext;
        _clientNext = (uint)(_clientNext + advance);
        return new()
        {
            Source = _client,
            Destination = Server,
            SourcePort = _port,
            DestinationPort = ServerPort,
            Sequence = sequence,
            Acknowledgment = _serverNext,
            Flags = flags,
            Payload = payload,
        };
    }

    private Segment FromServer(TcpFlags flags, ReadOnlySpan<byte> payload, int advance)
    {
        var sequence = _serverNext;
        _serverNext = (uint)(_serverNext + advance);
        return new()
        {
            Source = Server,
            Destination = _client,
            SourcePort = ServerPort,
            DestinationPort = _port,
            Sequence = sequence,
            Acknowledgment = _clientNext,
            Flags = flags,
            Payload = payload,
        };
    }
}

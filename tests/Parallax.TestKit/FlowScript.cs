using System.Text;
using Parallax.Wire.Packets;

namespace Parallax.TestKit;

/// <summary>Writes down a TCP connection as it would be seen by a tap; reads like a trace:
/// <c>new FlowScript().Handshake().Client("GET / HTTP/1.1\r\n").Lose(1).Client("\r\n").Fin()</c>.</summary>
public sealed class FlowScript
{
    private const long StepNanoseconds = 1_000_000;

    private readonly FlowEndpoints _endpoints;
    private readonly List<ScriptedSegment> _segments = [];
    private uint _clientNext;
    private uint _serverNext;
    private long _time;
    private int _lose;

    public FlowScript(
        FlowEndpoints? endpoints = null,
        uint clientStart = 1_000,
        uint serverStart = 5_000_000,
        long start = 1_700_000_000_000_000_000)
    {
        _endpoints = endpoints ?? FlowEndpoints.Default;
        _clientNext = clientStart;
        _serverNext = serverStart;
        _time = start;
    }

    public int Vni { get; init; } = TcpSegment.NoVni;

    public uint Vlans { get; init; }

    /// <summary>Largest payload of a segment; longer texts become several.</summary>
    public int MaxSegmentOctets { get; init; } = 1460;

    public IReadOnlyList<ScriptedSegment> Segments => _segments;

    public FlowScript Handshake() => Add(true, TcpFlags.Syn, [])
        .Add(false, TcpFlags.Syn | TcpFlags.Ack, [])
        .Add(true, TcpFlags.Ack, []);

    public FlowScript Client(string text) => Client(Encoding.Latin1.GetBytes(text));

    public FlowScript Server(string text) => Server(Encoding.Latin1.GetBytes(text));

    public FlowScript Client(byte[] octets) => AddAll(true, octets);

    public FlowScript Server(byte[] octets) => AddAll(false, octets);

    public FlowScript ClientAck() => Add(true, TcpFlags.Ack, []);

    public FlowScript ServerAck() => Add(false, TcpFlags.Ack, []);

    /// <summary>Both ends close, the client first.</summary>
    public FlowScript Fin() => ClientFin().ServerFin().Add(true, TcpFlags.Ack, []);

    public FlowScript ClientFin() => Add(true, TcpFlags.Fin | TcpFlags.Ack, []);

    public FlowScript ServerFin() => Add(false, TcpFlags.Fin | TcpFlags.Ack, []);

    public FlowScript ClientReset() => Add(true, TcpFlags.Rst, []);

    public FlowScript ServerReset() => Add(false, TcpFlags.Rst, []);

    /// <summary>The next <paramref name="segments"/> segments are sent but the tap does not see them.</summary>
    public FlowScript Lose(int segments)
    {
        _lose = segments;
        return this;
    }

    /// <summary>Time passes.</summary>
    public FlowScript Wait(TimeSpan time)
    {
        _time += time.Ticks * 100;
        return this;
    }

    /// <summary>The last captured segment is captured once more.</summary>
    public FlowScript Again()
    {
        _segments.Add(_segments[^1]);
        return this;
    }

    private FlowScript AddAll(bool fromClient, byte[] octets)
    {
        foreach (var part in octets.Chunk(MaxSegmentOctets))
        {
            Add(fromClient, TcpFlags.Ack | TcpFlags.Psh, part);
        }

        return this;
    }

    private FlowScript Add(bool fromClient, TcpFlags flags, byte[] payload)
    {
        var sequence = fromClient ? _clientNext : _serverNext;
        var acknowledgment = flags.HasFlag(TcpFlags.Ack) ? (fromClient ? _serverNext : _clientNext) : 0;
        var advance = unchecked((uint)payload.Length + ((flags & (TcpFlags.Syn | TcpFlags.Fin)) != 0 ? 1u : 0u));
        if (fromClient)
        {
            _clientNext = unchecked(_clientNext + advance);
        }
        else
        {
            _serverNext = unchecked(_serverNext + advance);
        }

        _time += StepNanoseconds;
        if (_lose > 0)
        {
            _lose--;
            return this;
        }

        _segments.Add(new()
        {
            Endpoints = _endpoints,
            FromClient = fromClient,
            Sequence = sequence,
            Acknowledgment = acknowledgment,
            Flags = flags,
            Payload = payload,
            Time = new(_time),
            Vni = Vni,
            Vlans = Vlans,
        });
        return this;
    }
}

using Parallax.Wire.Packets;

namespace Parallax.Cli.Demo;

/// <summary>Which end of a tapped connection.</summary>
internal enum Side
{
    Client,
    Server,
}

/// <summary>Writes down one connection as the TCP segments that would have carried it between two machines: handshake, octets with
/// acknowledgments, end.</summary>
/// <remarks>Thread safety: belongs to the tap's thread.</remarks>
internal sealed class TappedFlow
{
    /// <summary>The shop's address in the pretended network: 10.0.0.80, port 80.</summary>
    private static readonly NetworkAddress Shop = NetworkAddress.FromIPv4(0x0A00_0050);

    /// <summary>The shoppers' address: 10.0.1.20.</summary>
    private static readonly NetworkAddress Client = NetworkAddress.FromIPv4(0x0A00_0114);

    private readonly MirrorSession _session;
    private readonly ushort _clientPort;
    private readonly uint[] _next = [unchecked((uint)Random.Shared.Next()), unchecked((uint)Random.Shared.Next())];

    public TappedFlow(MirrorSession session, int clientPort)
    {
        _session = session;
        _clientPort = (ushort)clientPort;
        Send(Side.Client, TcpFlags.Syn, []);
        Send(Side.Server, TcpFlags.Syn | TcpFlags.Ack, []);
        Send(Side.Client, TcpFlags.Ack, []);
    }

    /// <summary>One end sent octets: full segments, then the other end's acknowledgment.</summary>
    public void Octets(Side from, ReadOnlySpan<byte> octets)
    {
        while (octets.Length > TcpFrame.MaxPayload)
        {
            Send(from, TcpFlags.Ack, octets[..TcpFrame.MaxPayload]);
            octets = octets[TcpFrame.MaxPayload..];
        }

        Send(from, TcpFlags.Ack | TcpFlags.Psh, octets);
        Send(Other(from), TcpFlags.Ack, []);
    }

    /// <summary>One end said that it sends no more.</summary>
    public void Fin(Side from)
    {
        Send(from, TcpFlags.Fin | TcpFlags.Ack, []);
        Send(Other(from), TcpFlags.Ack, []);
    }

    /// <summary>One end broke the connection off.</summary>
    public void Reset(Side from) => Send(from, TcpFlags.Rst | TcpFlags.Ack, []);

    private void Send(Side from, TcpFlags flags, ReadOnlySpan<byte> payload)
    {
        var isClient = from == Side.Client;
        _session.Send(new()
        {
            Source = isClient ? Client : Shop,
            SourcePort = isClient ? _clientPort : (ushort)80,
            Destination = isClient ? Shop : Client,
            DestinationPort = isClient ? (ushort)80 : _clientPort,
            SequenceNumber = _next[(int)from],
            AcknowledgmentNumber = (flags & TcpFlags.Ack) != 0 ? _next[(int)Other(from)] : 0,
            Flags = flags,
            Payload = payload,
        });
        var takesOne = (flags & (TcpFlags.Syn | TcpFlags.Fin)) != 0;
        _next[(int)from] = unchecked(_next[(int)from] + (uint)payload.Length + (takesOne ? 1u : 0u));
    }

    private static Side Other(Side side) => side == Side.Client ? Side.Server : Side.Client;
}

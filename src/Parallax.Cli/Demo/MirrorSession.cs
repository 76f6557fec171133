using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Parallax.Reactor.Loops;
using Parallax.Wire;
using Parallax.Wire.Packets;
using Parallax.Wire.PcapFiles;

namespace Parallax.Cli.Demo;

/// <summary>Sends copies of packets as an AWS traffic mirror session does: each whole Ethernet frame after a VXLAN header with the
/// session's VNI, one to a UDP datagram. On request the frames are also written to a pcap file.</summary>
/// <remarks>Ownership: closes the file. Thread safety: one thread sends; <see cref="Packets"/> may be read by any.</remarks>
internal sealed class MirrorSession : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly byte[] _datagram = new byte[VxlanHeader.Length + TcpFrame.HeaderLength + TcpFrame.MaxPayload];
    private readonly FileStream? _file;
    private readonly ArrayBufferWriter<byte> _record = new();
    private long _packets;

    /// <param name="vni">The session's virtual network identifier, 24 bits.</param>
    /// <param name="receiver">Where the datagrams go.</param>
    /// <param name="path">The pcap file; null for none.</param>
    public MirrorSession(int vni, IPEndPoint receiver, string? path)
    {
        //  |R|R|R|R|I|R|R|R|            Reserved (24)             |
        //  |            VNI (24)                 |  Reserved (8)  |     RFC 7348 §5
        BinaryPrimitives.WriteUInt32BigEndian(_datagram, 0x0800_0000);
        BinaryPrimitives.WriteUInt32BigEndian(_datagram.AsSpan(4), (uint)vni << 8);
        _socket.Connect(receiver);
        if (path is not null)
        {
            _file = TrafficFile.Open(path, FileMode.Create, FileShare.Read, hasSecrets: false, bufferBytes: 1 << 16);
            PcapWriter.WriteFileHeader(_record, LinkType.Ethernet);
        }
    }

    /// <summary>Packets sent.</summary>
    public long Packets => Volatile.Read(ref _packets);

    public void Send(in TcpSegment segment)
    {
        var length = TcpFrame.Write(_datagram.AsSpan(VxlanHeader.Length), segment);
        _socket.Send(_datagram.AsSpan(0, VxlanHeader.Length + length));
        Volatile.Write(ref _packets, _packets + 1);
        if (_file is not null)
        {
            var now = new Timestamp((TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick);
            PcapWriter.WritePacket(_record, now, _datagram.AsSpan(VxlanHeader.Length, length), length);
            _file.Write(_record.WrittenSpan);
            _record.ResetWrittenCount();
        }
    }

    public void Dispose()
    {
        _socket.Dispose();
        _file?.Dispose();
    }
}

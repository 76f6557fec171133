using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Parallax.TestKit;

namespace Parallax.Cli.Tests.EndToEnd;

/// <summary>What mirrors packets to the program: sends scripted segments as VXLAN datagrams, no faster than they are read.</summary>
internal sealed class VxlanSender : IDisposable
{
    /// <summary>What a receive buffer of the smallest common size (208 KiB, doubled by the kernel for its own bookkeeping) holds.</summary>
    private const int WindowBytes = 96 << 10;

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly string _receiver;
    private int _sent;

    public VxlanSender(IPEndPoint receiver)
    {
        _socket.Connect(receiver);
        var address = BitConverter.ToUInt32(receiver.Address.GetAddressBytes());
        _receiver = string.Create(CultureInfo.InvariantCulture, $"{address:X8}:{receiver.Port:X4}");
    }

    public void Send(IEnumerable<ScriptedSegment> segments, int vni = 7)
    {
        foreach (var segment in segments)
        {
            var datagram = Encode.Vxlan(vni, Encode.Ethernet(segment));
            if (_sent + datagram.Length > WindowBytes)
            {
                WaitUntilRead();
            }

            _sent += datagram.Length;
            _socket.Send(datagram);
        }
    }

    /// <summary>Waits until nothing that was sent waits in the kernel, which tells that for each socket of the address.</summary>
    public void WaitUntilRead()
    {
        var started = Stopwatch.GetTimestamp();
        while (!File.ReadLines("/proc/net/udp").All(row => !row.Contains($" {_receiver} ") || row.Contains(":00000000 00:")))
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < RunningParallax.Guard, "what was sent is not being read");
            Thread.Yield();
        }

        _sent = 0;
    }

    public void Dispose() => _socket.Dispose();
}

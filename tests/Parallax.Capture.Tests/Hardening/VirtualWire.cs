using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Parallax.Capture.Tests.Hardening;

/// <summary>A pair of virtual interfaces: what is sent into its far end can be captured at the near one. Needs CAP_NET_ADMIN and
/// iproute2; visibly skipped without.</summary>
internal sealed class VirtualWire : IDisposable
{
    private readonly Socket _farEnd;

    public VirtualWire()
    {
        var number = Guid.NewGuid().ToString("N")[..8];
        (Near, var far) = ($"plxn{number}", $"plxf{number}");
        Assert.SkipUnless(OperatingSystem.IsLinux() && Try("ip", $"link add {Near} type veth peer name {far}"), "needs CAP_NET_ADMIN");
        Assert.True(Try("ip", $"link set {Near} up") && Try("ip", $"link set {far} up"));
        _farEnd = new Socket(AddressFamily.Packet, SocketType.Raw, 0);
        var index = int.Parse(File.ReadAllText($"/sys/class/net/{far}/ifindex"), System.Globalization.CultureInfo.InvariantCulture);
        _farEnd.Bind(new InterfaceEndPoint(index));
    }

    /// <summary>The interface to capture from.</summary>
    public string Near { get; }

    /// <summary>Sends one Ethernet frame.</summary>
    public void Send(byte[] frame) => Assert.Equal(frame.Length, _farEnd.Send(frame));

    public void Dispose()
    {
        _farEnd.Dispose();
        Try("ip", $"link del {Near}");
    }

    private static bool Try(string program, string arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    // struct sockaddr_ll of packet(7): family, protocol, index of the interface, and what only the kernel fills in.
    private sealed class InterfaceEndPoint(int index) : EndPoint
    {
        private const int Bytes = 20;
        private const int IndexAt = 4;

        public override AddressFamily AddressFamily => AddressFamily.Packet;

        public override SocketAddress Serialize()
        {
            var address = new SocketAddress(AddressFamily, Bytes);
            BitConverter.TryWriteBytes(address.Buffer.Span[IndexAt..], index);
            return address;
        }
    }
}

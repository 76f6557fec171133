using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Parallax.Benchmarks.Load;

/// <summary>Sends datagrams to a UDP port of this machine, many in a system call.</summary>
internal sealed partial class DatagramSender : IDisposable
{
    public const int BatchDatagrams = 64;

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly byte[] _octets = GC.AllocateArray<byte>(BatchDatagrams * PacketLoad.MaxFrameBytes, pinned: true);
    private readonly BufferVector[] _buffers = GC.AllocateArray<BufferVector>(BatchDatagrams, pinned: true);
    private readonly MessageVector[] _messages = GC.AllocateArray<MessageVector>(BatchDatagrams, pinned: true);

    public DatagramSender(int port)
    {
        _socket.SendBufferSize = 4 << 20;
        _socket.Connect(IPAddress.Loopback, port);
        for (var i = 0; i < BatchDatagrams; i++)
        {
            _buffers[i].Address = Marshal.UnsafeAddrOfPinnedArrayElement(_octets, i * PacketLoad.MaxFrameBytes);
            _messages[i].Buffers = Marshal.UnsafeAddrOfPinnedArrayElement(_buffers, i);
            _messages[i].BufferCount = 1;
        }
    }

    /// <summary>Room for datagram <paramref name="index"/> of the next batch.</summary>
    public Span<byte> Room(int index) => _octets.AsSpan(index * PacketLoad.MaxFrameBytes, PacketLoad.MaxFrameBytes);

    public void SetLength(int index, int length) => _buffers[index].Length = length;

    /// <summary>Sends the first <paramref name="count"/> datagrams, waiting for room in the socket's buffer. One that nobody receives is
    /// sent all the same.</summary>
    public void Send(int count)
    {
        var descriptor = (int)_socket.SafeHandle.DangerousGetHandle();
        for (var sent = 0; sent < count;)
        {
            var result = SendMany(descriptor, ref _messages[sent], (uint)(count - sent), 0);
            sent += Math.Max(result, 0);
        }
    }

    /// <summary>Pauses for a moment, shorter than the scheduler's tick.</summary>
    public static void Nap(long nanoseconds) => _ = Poll(0, 0, new() { Nanoseconds = nanoseconds }, 0);

    public void Dispose() => _socket.Dispose();

    [LibraryImport("libc", EntryPoint = "sendmmsg", SetLastError = true)]
    private static partial int SendMany(int socket, ref MessageVector first, uint count, int flags);

    [LibraryImport("libc", EntryPoint = "ppoll")]
    private static partial int Poll(nint descriptors, ulong count, in TimeSpec timeout, nint signals);

    /// <summary>struct timespec on 64-bit systems.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }

    /// <summary>struct iovec.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct BufferVector
    {
        public nint Address;
        public nint Length;
    }

    /// <summary>struct mmsghdr on 64-bit systems.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct MessageVector
    {
        public nint Name;
        public uint NameLength;
        public nint Buffers;
        public nint BufferCount;
        public nint Control;
        public nint ControlLength;
        public int Flags;
        private readonly int _paddingBehindHeader;
        public uint Length;
        private readonly uint _paddingBehindLength;
    }
}

using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Parallax.Wire;
using Parallax.Wire.Packets;

namespace Parallax.Capture.Sources;

/// <summary>Room for a number of datagrams that one recvmmsg fills, with their senders and arrival times.</summary>
/// <remarks>The memory is pinned and reserved for the largest datagrams; the system backs only the pages that were ever used.
/// Thread safety: one thread.</remarks>
internal sealed class DatagramBatch
{
    private const int DatagramBytes = 1 << 16;
    private const int NameBytes = 28;
    private const int ControlBytes = 64;
    private const int TimestampType = 35;

    private readonly int _count;
    private readonly byte[] _octets;
    private readonly byte[] _names;
    private readonly byte[] _controls;
    private readonly NativeSocket.BufferVector[] _buffers;
    private readonly NativeSocket.MessageVector[] _messages;

    public DatagramBatch(int count)
    {
        _count = count;
        _octets = GC.AllocateUninitializedArray<byte>(count * DatagramBytes, pinned: true);
        _names = GC.AllocateArray<byte>(count * NameBytes, pinned: true);
        _controls = GC.AllocateArray<byte>(count * ControlBytes, pinned: true);
        _buffers = GC.AllocateArray<NativeSocket.BufferVector>(count, pinned: true);
        _messages = GC.AllocateArray<NativeSocket.MessageVector>(count, pinned: true);
        for (var i = 0; i < count; i++)
        {
            _buffers[i].Address = Marshal.UnsafeAddrOfPinnedArrayElement(_octets, i * DatagramBytes);
            _buffers[i].Length = DatagramBytes;
            _messages[i].Name = Marshal.UnsafeAddrOfPinnedArrayElement(_names, i * NameBytes);
            _messages[i].Buffers = Marshal.UnsafeAddrOfPinnedArrayElement(_buffers, i);
            _messages[i].BufferCount = 1;
            _messages[i].Control = Marshal.UnsafeAddrOfPinnedArrayElement(_controls, i * ControlBytes);
        }

        Rearm(count);
    }

    /// <summary>Takes what is there, without waiting.</summary>
    /// <returns>Datagrams received; 0 when there are none.</returns>
    /// <exception cref="CaptureException">The socket broke.</exception>
    public int Receive(int socket)
    {
        var received = NativeSocket.ReceiveMany(socket, ref _messages[0], (uint)_count, NativeSocket.DontWait, 0);
        if (received >= 0)
        {
            Rearm(received);
            return received;
        }

        var error = Marshal.GetLastPInvokeError();
        return error is NativeSocket.Again or NativeSocket.Interrupted
            ? 0
            : throw new CaptureException(CaptureFault.Broken, $"receiving failed: {Marshal.GetPInvokeErrorMessage(error)}");
    }

    public ReadOnlySpan<byte> Octets(int index) => _octets.AsSpan(index * DatagramBytes, (int)_messages[index].Length);

    public NetworkAddress Sender(int index)
    {
        const int Inet = 2;
        var name = _names.AsSpan(index * NameBytes, NameBytes);
        return BinaryPrimitives.ReadUInt16LittleEndian(name) == Inet
            ? NetworkAddress.FromIPv4(BinaryPrimitives.ReadUInt32BigEndian(name[4..]))
            : NetworkAddress.FromSocket(name.Slice(8, 16));
    }

    /// <summary>When the kernel took datagram <paramref name="index"/> in; <paramref name="otherwise"/> when it did not say.</summary>
    public Timestamp Time(int index, Timestamp otherwise)
    {
        // struct cmsghdr: length (8), level (4), type (4); then struct timespec.
        var control = _controls.AsSpan(index * ControlBytes, ControlBytes);
        return BinaryPrimitives.ReadInt32LittleEndian(control[12..]) == TimestampType
            ? Timestamp.FromParts(
                BinaryPrimitives.ReadInt64LittleEndian(control[16..]), BinaryPrimitives.ReadInt64LittleEndian(control[24..]))
            : otherwise;
    }

    /// <summary>The kernel overwrites the lengths it was given.</summary>
    private void Rearm(int count)
    {
        for (var i = 0; i < count; i++)
        {
            _messages[i].NameLength = NameBytes;
            _messages[i].ControlLength = ControlBytes;
        }
    }
}

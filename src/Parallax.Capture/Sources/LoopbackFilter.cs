using System.Runtime.InteropServices;

namespace Parallax.Capture.Sources;

/// <summary>Keeps packets of the loopback interface from being captured twice.</summary>
/// <remarks>
/// The kernel hands each of them to a packet socket when it is sent and when it is received. libpcap passes on the second only, but both
/// take room in the ring, and both are counted when there is none. Here the kernel is asked to leave the first out: on the interface
/// itself with an option of the socket, on "any" by instructions in front of the filter that libpcap set. Thread safety: pure functions.
/// </remarks>
internal static class LoopbackFilter
{
    private const string Loopback = "lo";
    private const string Any = "any";
    private const int MaxInstructions = 4096;

    // linux/filter.h: words of the packet's own facts, and linux/if_packet.h.
    private const uint PacketType = 0xFFFF_F000 + 4;
    private const uint InterfaceIndex = 0xFFFF_F000 + 8;
    private const uint Outgoing = 4;

    /// <summary>Applies to the socket of a capture on <paramref name="device"/>, whose filter is set. What a kernel does not know is left
    /// as it was: then losses on loopback count twice.</summary>
    public static void Apply(int socket, string device)
    {
        if (device == Loopback)
        {
            _ = NativeSocket.SetOption(
                socket, NativeSocket.SolPacket, NativeSocket.PacketIgnoreOutgoing, BitConverter.GetBytes(1), sizeof(int));
        }
        else if (device == Any && NativeSocket.InterfaceIndex(Loopback) is var index and > 0)
        {
            Extend(socket, index);
        }
    }

    private static void Extend(int socket, uint loopback)
    {
        const ushort LoadWord = 0x20, JumpEqual = 0x15, Return = 0x06;
        var program = GC.AllocateArray<NativeSocket.FilterInstruction>(MaxInstructions, pinned: true);
        NativeSocket.FilterInstruction[] begin =
        [
            new(LoadWord, 0, 0, InterfaceIndex),
            new(JumpEqual, 0, 3, loopback),
            new(LoadWord, 0, 0, PacketType),
            new(JumpEqual, 0, 1, Outgoing),
            new(Return, 0, 0, 0),
        ];
        begin.CopyTo(program, 0);
        var room = MemoryMarshal.AsBytes(program.AsSpan(begin.Length));
        var count = (uint)(MaxInstructions - begin.Length);
        if (NativeSocket.GetOption(socket, NativeSocket.SolSocket, NativeSocket.SoFilter, room, ref count) != 0)
        {
            return;
        }

        if (count == 0)
        {
            // No filter: every packet, whole.
            program[begin.Length] = new(Return, 0, 0, int.MaxValue);
            count = 1;
        }

        var attached = new NativeSocket.FilterProgram
        {
            Length = (ushort)(count + begin.Length),
            Instructions = Marshal.UnsafeAddrOfPinnedArrayElement(program, 0),
        };
        _ = NativeSocket.SetOption(
            socket,
            NativeSocket.SolSocket,
            NativeSocket.SoFilter,
            MemoryMarshal.AsBytes(new ReadOnlySpan<NativeSocket.FilterProgram>(in attached)),
            (uint)Marshal.SizeOf<NativeSocket.FilterProgram>());
        GC.KeepAlive(program);
    }
}

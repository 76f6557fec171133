using System.Runtime.InteropServices;
using Parallax.Wire.Packets;

namespace Parallax.Capture.Sources;

/// <summary>Which shard a flow belongs to: a hash of the inner addresses and ports that both directions share.</summary>
/// <remarks>
/// The same function exists twice, in C# and as a classic BPF program the kernel runs for a group of SO_REUSEPORT sockets, so that a
/// VXLAN datagram is put straight into the socket of the shard that owns its inner flow. A packet the program cannot read (tagged,
/// fragmented, nested) goes to the first socket, and its shard hands it over. An Ethernet frame in GENEVE lies where one in VXLAN does if
/// there are no options; one behind options goes to any socket, and is handed over as well. Thread safety: pure functions.
/// </remarks>
public static class Steering
{
    private const uint Spread = 0x9E37_79B1;

    // Offsets in the datagram: VXLAN header 8, Ethernet 14, then IP.
    private const uint EtherType = 8 + 12;
    private const uint Ip = 8 + 14;

    /// <summary>The shard of <paramref name="segment"/>'s flow, 0 to <paramref name="shards"/> − 1.</summary>
    public static int ShardOf(in TcpSegment segment, int shards)
    {
        unchecked
        {
            var addresses = segment.Source.IsIPv4
                ? (uint)segment.Source.Low ^ (uint)segment.Destination.Low
                : Fold(segment.Source) ^ Fold(segment.Destination);
            var mixed = (addresses ^ (uint)(segment.SourcePort ^ segment.DestinationPort)) * Spread;
            return (int)((mixed >> 16) % (uint)shards);
        }
    }

    /// <summary>Makes the kernel deal the datagrams of a SO_REUSEPORT group by inner flow. Call it on one socket of the group.</summary>
    /// <returns>False when the kernel refused; every packet is then handed over in the program, which is correct but slower.</returns>
    internal static bool TryAttach(int socket, int shards)
    {
        var written = Program(shards);
        var instructions = GC.AllocateArray<NativeSocket.FilterInstruction>(written.Length, pinned: true);
        written.CopyTo(instructions, 0);
        var program = new NativeSocket.FilterProgram
        {
            Length = (ushort)instructions.Length,
            Instructions = Marshal.UnsafeAddrOfPinnedArrayElement(instructions, 0),
        };
        var octets = MemoryMarshal.AsBytes(new ReadOnlySpan<NativeSocket.FilterProgram>(in program));
        var attached = NativeSocket.SetOption(
            socket, NativeSocket.SolSocket, NativeSocket.SoAttachReusePortCbpf, octets, (uint)octets.Length) == 0;
        GC.KeepAlive(instructions);
        return attached;
    }

    private static NativeSocket.FilterInstruction[] Program(int shards)
    {
        const ushort LoadHalf = 0x28, LoadByte = 0x30, LoadWord = 0x20, LoadIndexNibble = 0xB1, LoadHalfIndexed = 0x48;
        const ushort JumpEqual = 0x15, JumpSet = 0x45, ToX = 0x07, Store = 0x02, LoadX = 0x61;
        const ushort XorX = 0xAC, Multiply = 0x24, ShiftRight = 0x74, Modulo = 0x94, Return = 0x06, ReturnA = 0x16;
        return
        [
            new(LoadHalf, 0, 0, EtherType),
            new(JumpEqual, 0, 21, 0x0800),              // IPv4, else → first socket
            new(LoadByte, 0, 0, Ip + 9),
            new(JumpEqual, 0, 19, 6),                   // TCP
            new(LoadHalf, 0, 0, Ip + 6),
            new(JumpSet, 17, 0, 0x3FFF),                // a fragment
            new(LoadWord, 0, 0, Ip + 12),
            new(ToX, 0, 0, 0),
            new(LoadWord, 0, 0, Ip + 16),
            new(XorX, 0, 0, 0),
            new(Store, 0, 0, 0),                        // M[0] = source ^ destination
            new(LoadIndexNibble, 0, 0, Ip),             // X = header length
            new(LoadHalfIndexed, 0, 0, Ip),
            new(Store, 0, 0, 1),                        // M[1] = source port
            new(LoadHalfIndexed, 0, 0, Ip + 2),
            new(LoadX, 0, 0, 1),
            new(XorX, 0, 0, 0),
            new(LoadX, 0, 0, 0),
            new(XorX, 0, 0, 0),
            new(Multiply, 0, 0, Spread),
            new(ShiftRight, 0, 0, 16),
            new(Modulo, 0, 0, (uint)shards),
            new(ReturnA, 0, 0, 0),
            new(Return, 0, 0, 0),
        ];
    }

    private static uint Fold(NetworkAddress address)
    {
        var folded = address.High ^ address.Low;
        return unchecked((uint)(folded >> 32) ^ (uint)folded);
    }
}

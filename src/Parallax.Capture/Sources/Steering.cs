using System.Runtime.InteropServices;
using Parallax.Wire.Packets;

namespace Parallax.Capture.Sources;

/// <summary>Which shard a flow belongs to: a hash of the inner addresses and ports that both directions share, made with numbers that are
/// secret and different in every run, so that nobody can send all flows to one shard.</summary>
/// <remarks>
/// <para>The same function exists twice, in C# and as a classic BPF program the kernel runs for a group of SO_REUSEPORT sockets, so that a
/// VXLAN datagram is put straight into the socket of the shard that owns its inner flow. A packet the program cannot read (tagged,
/// fragmented, nested) goes to the first socket, and its shard hands it over. An Ethernet frame in GENEVE lies where one in VXLAN does if
/// there are no options; one after options goes to any socket, and is handed over as well.</para>
/// <para>Each end, address and port, is mixed by itself; the sum of both is mixed once more. Thread safety: pure functions.</para>
/// </remarks>
public static class Steering
{
    // Offsets in the datagram: VXLAN header 8, Ethernet 14, then IP.
    private const uint EtherType = 8 + 12;
    private const uint Ip = 8 + 14;

    private const int EndShift = 15;
    private const int SumShift = 16;

    // Instructions used in more than one place, and cells of the program's scratch memory.
    private const ushort Store = 0x02;
    private const ushort LoadX = 0x61;
    private const ushort AddX = 0x0C;
    private const ushort XorX = 0xAC;
    private const ushort Return = 0x06;
    private const uint SourcePort = 0;
    private const uint DestinationPort = 1;
    private const uint Scratch = 2;

    private static readonly uint Mask = Draw();
    private static readonly uint PortFactor = Draw() | 1;
    private static readonly uint EndFactor = Draw() | 1;
    private static readonly uint SumFactor = Draw() | 1;

    /// <summary>The shard of <paramref name="segment"/>'s flow, 0 to <paramref name="shards"/> − 1.</summary>
    public static int ShardOf(in TcpSegment segment, int shards)
    {
        unchecked
        {
            var sum = MixEnd(Fold(segment.Source), segment.SourcePort) + MixEnd(Fold(segment.Destination), segment.DestinationPort);
            return (int)(((sum * SumFactor) >> SumShift) % (uint)shards);
        }
    }

    /// <summary>Makes the kernel deal the datagrams of a SO_REUSEPORT group by inner flow. Call it on one socket of the group.</summary>
    /// <returns>False when the kernel refused; every packet is then handed over in the program, which is correct but slower.</returns>
    internal static bool TryAttach(int socket, int shards)
    {
        return TryAttach(socket, shards == 1 ? ToSocket(0) : Program(shards));
    }

    /// <summary>Makes the kernel give what comes from now on to the sockets that joined the group after ours; where there are none, to any.
    /// </summary>
    /// <param name="socket">A socket of the group.</param>
    /// <param name="ours">How many of it are ours.</param>
    internal static bool TryPassOn(int socket, int ours) => TryAttach(socket, ToSocket(ours));

    private static bool TryAttach(int socket, NativeSocket.FilterInstruction[] written)
    {
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

    // The kernel numbers the sockets of a group in the order in which they were bound; when one closes, the last takes its number. A number
    // that none has means any of them.
    private static NativeSocket.FilterInstruction[] ToSocket(int number) => [new(Return, 0, 0, (uint)number)];

    private static NativeSocket.FilterInstruction[] Program(int shards)
    {
        const ushort LoadHalf = 0x28, LoadByte = 0x30, LoadWord = 0x20, LoadIndexNibble = 0xB1, LoadHalfIndexed = 0x48;
        const ushort JumpEqual = 0x15, JumpSet = 0x45, Multiply = 0x24, ShiftRight = 0x74, Modulo = 0x94, ReturnA = 0x16;
        NativeSocket.FilterInstruction[] reading =
        [
            new(LoadHalf, 0, 0, EtherType),
            new(JumpEqual, 1, 0, 0x0800),               // IPv4, else → first socket
            new(Return, 0, 0, 0),
            new(LoadByte, 0, 0, Ip + 9),
            new(JumpEqual, 1, 0, 6),                    // TCP
            new(Return, 0, 0, 0),
            new(LoadHalf, 0, 0, Ip + 6),
            new(JumpSet, 0, 1, 0x3FFF),                 // a fragment
            new(Return, 0, 0, 0),
            new(LoadIndexNibble, 0, 0, Ip),             // X = header length
            new(LoadHalfIndexed, 0, 0, Ip),
            new(Store, 0, 0, SourcePort),
            new(LoadHalfIndexed, 0, 0, Ip + 2),
            new(Store, 0, 0, DestinationPort),
        ];
        return
        [
            .. reading,
            new(LoadWord, 0, 0, Ip + 12),
            .. MixingEnd(SourcePort),
            new(Store, 0, 0, SourcePort),
            new(LoadWord, 0, 0, Ip + 16),
            .. MixingEnd(DestinationPort),
            new(LoadX, 0, 0, SourcePort),
            new(AddX, 0, 0, 0),
            new(Multiply, 0, 0, SumFactor),
            new(ShiftRight, 0, 0, SumShift),
            new(Modulo, 0, 0, (uint)shards),
            new(ReturnA, 0, 0, 0),
        ];
    }

    // What MixEnd does, with the address in A and the port in a cell of the scratch memory.
    private static NativeSocket.FilterInstruction[] MixingEnd(uint port)
    {
        const ushort Load = 0x60, Xor = 0xA4, Multiply = 0x24, ShiftRight = 0x74, ToX = 0x07;
        return
        [
            new(Xor, 0, 0, Mask),
            new(Store, 0, 0, Scratch),
            new(Load, 0, 0, port),
            new(Multiply, 0, 0, PortFactor),
            new(LoadX, 0, 0, Scratch),
            new(AddX, 0, 0, 0),
            new(Multiply, 0, 0, EndFactor),
            new(ToX, 0, 0, 0),
            new(ShiftRight, 0, 0, EndShift),
            new(XorX, 0, 0, 0),
        ];
    }

    private static uint MixEnd(uint address, ushort port)
    {
        unchecked
        {
            var mixed = ((address ^ Mask) + (port * PortFactor)) * EndFactor;
            return mixed ^ (mixed >> EndShift);
        }
    }

    private static uint Draw() => (uint)Random.Shared.NextInt64(1L << 32);

    // IPv4 is its 32 bits. IPv6, which the kernel's program does not read, is mixed into as many.
    private static uint Fold(NetworkAddress address) => address.IsIPv4 ? (uint)address.Low : unchecked((uint)address.GetHashCode());
}

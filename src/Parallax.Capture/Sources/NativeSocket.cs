using System.Runtime.InteropServices;

namespace Parallax.Capture.Sources;

/// <summary>The system calls of a batch receiver on Linux.</summary>
internal static partial class NativeSocket
{
    public const int DontWait = 0x40;
    public const int SolSocket = 1;
    public const int SolUdp = 17;
    public const int UdpNoCheck6Receive = 102;
    public const int SolPacket = 263;
    public const int PacketIgnoreOutgoing = 23;
    public const int SoTimestampNs = 35;
    public const int SoAttachReusePortCbpf = 51;
    public const int SoMemInfo = 55;
    public const int SoReceiveBufferForce = 33;
    public const int SoReusePort = 15;

    /// <summary>Attaches a classic BPF program, or tells the one attached (its length in instructions).</summary>
    public const int SoFilter = 26;
    public const short PollIn = 1;
    public const int NonBlockingEvent = 0x800;
    public const int Again = 11;
    public const int Interrupted = 4;

    /// <summary>Receives up to <paramref name="count"/> datagrams in one call.</summary>
    [LibraryImport("libc", EntryPoint = "recvmmsg", SetLastError = true)]
    public static partial int ReceiveMany(int socket, ref MessageVector first, uint count, int flags, nint timeout);

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    public static partial int SetOption(int socket, int level, int name, ReadOnlySpan<byte> value, uint length);

    [LibraryImport("libc", EntryPoint = "getsockopt", SetLastError = true)]
    public static partial int GetOption(int socket, int level, int name, Span<uint> value, ref uint lengthBytes);

    [LibraryImport("libc", EntryPoint = "getsockopt", SetLastError = true)]
    public static partial int GetOption(int socket, int level, int name, Span<byte> value, ref uint length);

    /// <summary>The number of a network interface; 0 when there is none of that name.</summary>
    [LibraryImport("libc", EntryPoint = "if_nametoindex", StringMarshalling = StringMarshalling.Utf8)]
    public static partial uint InterfaceIndex(string name);

    /// <summary>Waits for one of the descriptors; <paramref name="timeout"/> has nanosecond resolution.</summary>
    [LibraryImport("libc", EntryPoint = "ppoll", SetLastError = true)]
    public static partial int Poll(Span<PollDescriptor> descriptors, ulong count, in TimeSpec timeout, nint signals);

    /// <summary>Waits until <paramref name="descriptor"/> can be read or has ended. Who writes into a pipe may stay silent; a stop does not
    /// wait for them.</summary>
    /// <returns>False when cancelled.</returns>
    public static bool WaitForInput(int descriptor, CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsLinux())
        {
            return true;
        }

        var patience = new TimeSpec { Nanoseconds = 50_000_000 };
        Span<PollDescriptor> input = [new() { Descriptor = descriptor, Events = PollIn }];
        while (!cancellationToken.IsCancellationRequested)
        {
            if (Poll(input, 1, patience, 0) > 0)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>A counter that can be polled (eventfd(2)).</summary>
    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    public static partial int NewEvent(uint value, int flags);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(int descriptor, in ulong value, nint length);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(int descriptor, out ulong value, nint length);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int descriptor);

    /// <summary>struct pollfd.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }

    /// <summary>struct timespec on 64-bit systems.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }

    /// <summary>struct iovec.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct BufferVector
    {
        public nint Address;
        public nint Length;
    }

    /// <summary>struct mmsghdr on 64-bit systems: a struct msghdr and the length received.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct MessageVector
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

    /// <summary>struct sock_filter: one instruction of a classic BPF program.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public readonly struct FilterInstruction(ushort code, byte ifTrue, byte ifFalse, uint operand)
    {
        public readonly ushort Code = code;
        public readonly byte IfTrue = ifTrue;
        public readonly byte IfFalse = ifFalse;
        public readonly uint Operand = operand;
    }

    /// <summary>struct sock_fprog on 64-bit systems.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct FilterProgram
    {
        public ushort Length;
        public nint Instructions;
    }
}

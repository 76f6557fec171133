using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Parallax.Reactor.Loops;

/// <summary>An epoll instance with its wake-up (eventfd) and the list the kernel writes events to.</summary>
/// <remarks>Thread safety: <see cref="Wake"/> from any thread, everything else from the loop's. Everything is watched edge-triggered where
/// the caller says so; the wake-up is, so its counter need never be read.</remarks>
internal sealed unsafe partial class NativeEpoll : IDisposable
{
    public const uint Readable = 0x001;
    public const uint Writable = 0x004;
    public const uint Error = 0x008;
    public const uint HungUp = 0x010;
    public const uint PeerEnded = 0x2000;
    public const uint EdgeTriggered = 1u << 31;

    /// <summary>Of several instances that watch one socket, not all are woken. What is watched so cannot be changed by
    /// <see cref="Rewatch"/> (epoll_ctl(2)).</summary>
    public const uint Exclusive = 1u << 28;

    /// <summary>The token of the wake-up.</summary>
    public const ulong WakeToken = ulong.MaxValue;

    private const string LibC = "libc";
    private const int MaxEvents = 256;
    private const int Add = 1;
    private const int Remove = 2;
    private const int Modify = 3;
    private const int EpollCloseOnExec = 0x80000;
    private const int EventCloseOnExecNonBlocking = 0x80000 | 0x800;

    // struct epoll_event is packed on x86 only: | events (32) | data (64) | there, | events (32) | hole (32) | data (64) | elsewhere.
    private static readonly int s_dataOffset =
        RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.X86 ? 4 : 8;

    private readonly int _epoll;
    private readonly int _wakeUp;
    private readonly byte* _events;

    /// <exception cref="System.Net.Sockets.SocketException">The system has no descriptor left.</exception>
    public NativeEpoll()
    {
        _epoll = EpollCreate(EpollCloseOnExec);
        _wakeUp = _epoll < 0 ? -1 : EventCreate(0, EventCloseOnExecNonBlocking);
        if (_wakeUp < 0 || !TryWatch(_wakeUp, Readable | EdgeTriggered, WakeToken))
        {
            var error = NativeErrors.Last;
            _ = NativeSocket.Close(_wakeUp);
            _ = NativeSocket.Close(_epoll);
            throw NativeErrors.ToException(error);
        }

        _events = (byte*)NativeMemory.Alloc(MaxEvents, (nuint)EventSize);
    }

    private static int EventSize => s_dataOffset + sizeof(ulong);

    /// <summary>Reports <paramref name="events"/> of <paramref name="descriptor"/> under <paramref name="token"/> until it is
    /// closed.</summary>
    /// <returns>False when the kernel has no memory left for it (<see cref="NativeErrors.Last"/>).</returns>
    public bool TryWatch(int descriptor, uint events, ulong token) => Control(Add, descriptor, events, token);

    /// <summary>Replaces what is reported of <paramref name="descriptor"/>; no events keep it silent.</summary>
    public void Rewatch(int descriptor, uint events, ulong token) => Control(Modify, descriptor, events, token);

    /// <summary>Reports nothing of <paramref name="descriptor"/> any longer. Closing it does that, too, unless another descriptor of the
    /// same socket is open.</summary>
    public void Unwatch(int descriptor) => Control(Remove, descriptor, 0, 0);

    /// <summary>Waits until something happens.</summary>
    /// <param name="milliseconds">At most this long; -1 without end, 0 not at all.</param>
    /// <returns>How many events there are, for <see cref="Event"/>; 0 when the time passed or a signal came.</returns>
    public int Wait(int milliseconds)
    {
        var count = EpollWait(_epoll, _events, MaxEvents, milliseconds);
        if (count >= 0 || NativeErrors.Last == NativeError.Interrupted)
        {
            return Math.Max(0, count);
        }

        throw NativeErrors.ToException(NativeErrors.Last);
    }

    /// <summary>One of the events the last wait gave.</summary>
    public uint Event(int index, out ulong token)
    {
        var at = _events + (index * EventSize);
        token = Unsafe.ReadUnaligned<ulong>(at + s_dataOffset);
        return Unsafe.ReadUnaligned<uint>(at);
    }

    /// <summary>Ends a wait, or the next one.</summary>
    public void Wake()
    {
        ulong one = 1;
        _ = Write(_wakeUp, &one, sizeof(ulong));
    }

    public void Dispose()
    {
        _ = NativeSocket.Close(_epoll);
        _ = NativeSocket.Close(_wakeUp);
        NativeMemory.Free(_events);
    }

    [LibraryImport(LibC, EntryPoint = "epoll_create1", SetLastError = true)]
    private static partial int EpollCreate(int flags);

    [LibraryImport(LibC, EntryPoint = "epoll_ctl", SetLastError = true)]
    private static partial int EpollControl(int epoll, int operation, int descriptor, byte* epollEvent);

    [LibraryImport(LibC, EntryPoint = "epoll_wait", SetLastError = true)]
    private static partial int EpollWait(int epoll, byte* events, int maxEvents, int timeout);

    [LibraryImport(LibC, EntryPoint = "eventfd", SetLastError = true)]
    private static partial int EventCreate(uint initial, int flags);

    [LibraryImport(LibC, EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(int descriptor, void* octets, nuint length);

    private bool Control(int operation, int descriptor, uint events, ulong token)
    {
        var epollEvent = stackalloc byte[2 * sizeof(ulong)];
        Unsafe.WriteUnaligned(epollEvent, events);
        Unsafe.WriteUnaligned(epollEvent + s_dataOffset, token);
        return EpollControl(_epoll, operation, descriptor, epollEvent) == 0;
    }
}

using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Parallax.Reactor.Buffers;

namespace Parallax.Reactor.Loops;

/// <summary>Sends several blocks in one system call.</summary>
/// <remarks>Thread safety: belongs to one loop's thread; the arrays are kept from call to call.</remarks>
internal sealed unsafe class GatheredSend
{
    // More than a turn usually gathers; the kernel takes up to 1,024 (IOV_MAX).
    private const int MaxPieces = 64;

    private readonly NativeSocket.Piece[] _pieces = GC.AllocateArray<NativeSocket.Piece>(MaxPieces, pinned: true);
    private readonly MemoryHandle[] _pins = new MemoryHandle[MaxPieces];

    /// <summary>Sends <paramref name="head"/> and the blocks after it, as many as one call takes.</summary>
    /// <param name="socket">Where to.</param>
    /// <param name="head">The first block.</param>
    /// <param name="offered">How many octets that was.</param>
    /// <returns>How many of them the kernel took; -1 when the call failed (<see cref="NativeErrors.Last"/>).</returns>
    public nint Send(int socket, Block head, out long offered)
    {
        var count = 0;
        offered = 0;
        for (var block = head; block is not null && count < MaxPieces; block = block.Next)
        {
            _pieces[count].Octets = Address(block, count);
            _pieces[count].Length = (nuint)block.Length;
            offered += block.Length;
            count++;
        }

        var message = default(NativeSocket.MessageHeader);
        message.Pieces = (NativeSocket.Piece*)Unsafe.AsPointer(ref _pieces[0]);
        message.PieceCount = (nuint)count;
        var sent = NativeSocket.SendMessage(socket, &message, NativeSocket.NoSignal);
        for (var i = 0; i < count; i++)
        {
            _pins[i].Dispose();
        }

        return sent;
    }

    private byte* Address(Block block, int index)
    {
        if (block.IsPinned)
        {
            return (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(block.Storage)) + block.Start;
        }

        _pins[index] = block.Octets.Pin();
        return (byte*)_pins[index].Pointer;
    }
}

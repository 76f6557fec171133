using System.Net;
using System.Net.Sockets;

namespace Parallax.Reactor.Loops;

/// <summary>One end of a simulated connection. It behaves as the kernel's: what is not read yet is bounded, and slows the sender down; a
/// close with octets unread resets the peer, and so does sending to a peer that has closed.</summary>
/// <remarks>Thread safety: belongs to the thread that runs its network.</remarks>
internal sealed class SimulatedSocket(IPEndPoint local, IPEndPoint remote)
{
    // As much as a socket of Linux holds of a peer's octets before its buffer begins to grow, about.
    private const int CapacityBytes = 128 * 1024;

    private readonly byte[] _unread = new byte[CapacityBytes];
    private SimulatedSocket? _peer;
    private int _start;
    private int _count;
    private bool _isPeerWaiting;
    private bool _isOpen = true;

    public IPEndPoint Local => local;

    public IPEndPoint Remote => remote;

    /// <summary>Called when there is something to receive, when sending may go on, and when the peer ends.</summary>
    public Action? Changed { get; set; }

    public bool CanReceive => _count > 0 || IsPeerEnded || IsReset;

    /// <summary>The peer has ended its direction; octets may still be unread.</summary>
    public bool IsPeerEnded { get; private set; }

    /// <summary>The connection is no more; octets may still be unread.</summary>
    public bool IsReset { get; private set; }

    /// <summary>Our direction has ended.</summary>
    private bool HasEnded { get; set; }

    /// <summary>Makes two sockets the ends of one connection.</summary>
    public static (SimulatedSocket Client, SimulatedSocket Server) Pair(IPEndPoint client, IPEndPoint server)
    {
        var (one, other) = (new SimulatedSocket(client, server), new SimulatedSocket(server, client));
        (one._peer, other._peer) = (other, one);
        return (one, other);
    }

    /// <summary>Sends as much as the peer has room for; <see cref="Changed"/> follows when that was not all and there is more.</summary>
    /// <returns>How many octets that are.</returns>
    /// <exception cref="SocketException">The connection was reset, or our direction has ended.</exception>
    public int Send(ReadOnlySpan<byte> octets)
    {
        if (!_isOpen || IsReset || HasEnded)
        {
            throw new SocketException((int)(IsReset ? SocketError.ConnectionReset : SocketError.Shutdown));
        }

        var peer = _peer!;
        if (!peer._isOpen)
        {
            // The first octets leave; what comes back is a reset.
            Reset();
            return octets.Length;
        }

        var sent = peer.Take(octets);
        peer._isPeerWaiting |= sent < octets.Length;
        return sent;
    }

    /// <summary>Receives what is there.</summary>
    /// <returns>How many octets; 0 when the peer has ended; null when nothing is there yet.</returns>
    /// <exception cref="SocketException">The connection was reset.</exception>
    public int? Receive(Span<byte> room)
    {
        if (_count == 0)
        {
            return IsReset ? throw new SocketException((int)SocketError.ConnectionReset) : IsPeerEnded ? 0 : null;
        }

        var received = Math.Min(room.Length, _count);
        var first = Math.Min(received, CapacityBytes - _start);
        _unread.AsSpan(_start, first).CopyTo(room);
        _unread.AsSpan(0, received - first).CopyTo(room[first..]);
        _start = (_start + received) % CapacityBytes;
        _count -= received;
        if (_isPeerWaiting)
        {
            _isPeerWaiting = false;
            _peer!.Changed?.Invoke();
        }

        return received;
    }

    /// <summary>Ends our direction.</summary>
    public void ShutdownWrites()
    {
        if (!HasEnded && !IsReset)
        {
            HasEnded = true;
            _peer!.IsPeerEnded = true;
            _peer.Changed?.Invoke();
        }
    }

    public void Close(bool isAbort)
    {
        if (!_isOpen)
        {
            return;
        }

        if (isAbort || _count > 0)
        {
            _peer!.Reset();
        }
        else
        {
            ShutdownWrites();
        }

        _isOpen = false;
        Changed = null;
    }

    private int Take(ReadOnlySpan<byte> octets)
    {
        var taken = Math.Min(octets.Length, CapacityBytes - _count);
        var end = (_start + _count) % CapacityBytes;
        var first = Math.Min(taken, CapacityBytes - end);
        octets[..first].CopyTo(_unread.AsSpan(end));
        octets[first..taken].CopyTo(_unread);
        _count += taken;
        if (taken > 0)
        {
            Changed?.Invoke();
        }

        return taken;
    }

    private void Reset()
    {
        if (_isOpen && !IsReset)
        {
            IsReset = true;
            Changed?.Invoke();
        }
    }
}

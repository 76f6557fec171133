using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Parallax.Proxy.Accounts;

namespace Parallax.Proxy.Bounds;

/// <summary>Says whether another connection of a client, or to a primary, may be there: one count for all loops, so that the kernel may
/// deal connections out as it likes.</summary>
/// <remarks>Thread safety: any thread.</remarks>
internal sealed class ConnectionGate(ResourceLimits limits)
{
    private const int NetworkBytes = 8;

    private readonly Lock _lock = new();

    // Connections by client; null when they are not bounded. Under the lock.
    private readonly Dictionary<UInt128, int>? _byClient = limits.MaxConnectionsPerClient < int.MaxValue ? [] : null;

    // Loops with requests that wait for a connection to a primary. Under the lock.
    private readonly HashSet<ISharingLoop> _waiting = [];

    // Loops with uploads that wait until another one is whole. Under the lock.
    private readonly HashSet<ISharingLoop> _waitingToUpload = [];
    private int _clients;
    private int _primaries;
    private int _uploads;
    private int _waitingToUploadCount;
    private int _waitingCount;
    private int _exhausted;
    private bool _isClosed;

    /// <summary>The loops; to be set before they start.</summary>
    public IReadOnlyList<ISharingLoop> Loops { get; set; } = [];

    /// <summary>Connections of clients that are open.</summary>
    public int Clients => Volatile.Read(ref _clients);

    /// <summary>Connections to primaries that are open.</summary>
    public int Primaries => Volatile.Read(ref _primaries);

    /// <summary>True while every connection of a client is refused.</summary>
    public bool IsClosed
    {
        get => Volatile.Read(ref _isClosed);
        set => Volatile.Write(ref _isClosed, value);
    }

    /// <summary>True when it is time to close what is idle: a few places are kept for those that come while another loop does it.</summary>
    public bool IsNearlyFull => IsNearlyFullOfClients || Sockets >= limits.MaxSockets - (limits.MaxSockets / 16);

    /// <summary>True when it is clients that take the places.</summary>
    public bool IsNearlyFullOfClients => Clients >= limits.MaxConnections - (limits.MaxConnections / 16);

    /// <summary>How much of what may be is there: 0 to 1.</summary>
    public double Fraction => Math.Max((double)Clients / limits.MaxConnections, (double)Sockets / limits.MaxSockets);

    /// <summary>True while requests wait for a connection to a primary.</summary>
    public bool HasWaiting => Volatile.Read(ref _waitingCount) > 0;

    private long Sockets => (long)Clients + Primaries;

    /// <summary>Takes a place for a client's connection; <see cref="Leave"/> must be called for it.</summary>
    /// <returns>None, or why there is no place: then there is nothing to be given back.</returns>
    public ConnectionRefusal Enter(IPAddress? client)
    {
        if (IsClosed)
        {
            return ConnectionRefusal.Overload;
        }

        if (Interlocked.Increment(ref _clients) > limits.MaxConnections || Sockets > limits.MaxSockets)
        {
            Interlocked.Decrement(ref _clients);
            return ConnectionRefusal.TooMany;
        }

        if (_byClient is not { } counts || TryCount(counts, KeyOf(client)))
        {
            return ConnectionRefusal.None;
        }

        Interlocked.Decrement(ref _clients);
        return ConnectionRefusal.TooManyOfClient;
    }

    /// <summary>A client's connection is closed.</summary>
    public void Leave(IPAddress? client)
    {
        Interlocked.Decrement(ref _clients);
        if (_byClient is { } counts)
        {
            var key = KeyOf(client);
            lock (_lock)
            {
                if (--counts[key] == 0)
                {
                    counts.Remove(key);
                }
            }
        }

        WakeWaiting();
    }

    /// <summary>Takes a place for a connection to a primary; <see cref="EndPrimary"/> must be called for it.</summary>
    /// <returns>False when there is none.</returns>
    public bool TryBeginPrimary()
    {
        Interlocked.Increment(ref _primaries);
        if (Sockets <= limits.MaxSockets)
        {
            return true;
        }

        Interlocked.Decrement(ref _primaries);
        return false;
    }

    /// <summary>A connection to a primary is closed.</summary>
    public void EndPrimary()
    {
        Interlocked.Decrement(ref _primaries);
        WakeWaiting();
    }

    /// <summary>True when another request that is not whole may have a connection. Otherwise the loop serves what waits when there may be
    /// room again.</summary>
    public bool HasRoomForUpload(ISharingLoop loop)
    {
        if (Volatile.Read(ref _uploads) < limits.MaxUploads)
        {
            return true;
        }

        lock (_lock)
        {
            _waitingToUpload.Add(loop);
            Volatile.Write(ref _waitingToUploadCount, _waitingToUpload.Count);
        }

        // One that became whole in between did not serve this loop.
        return Volatile.Read(ref _uploads) < limits.MaxUploads;
    }

    /// <summary>Takes a place for a request that is not whole; <see cref="EndUpload"/> must be called for it.</summary>
    /// <returns>False when there is none, as <see cref="HasRoomForUpload"/> says.</returns>
    public bool TryBeginUpload(ISharingLoop loop)
    {
        do
        {
            if (Interlocked.Increment(ref _uploads) <= limits.MaxUploads)
            {
                return true;
            }

            Interlocked.Decrement(ref _uploads);
        }
        while (HasRoomForUpload(loop));
        return false;
    }

    /// <summary>Such a request is whole, or over.</summary>
    public void EndUpload()
    {
        Interlocked.Decrement(ref _uploads);
        if (Volatile.Read(ref _waitingToUploadCount) > 0)
        {
            lock (_lock)
            {
                foreach (var loop in _waitingToUpload)
                {
                    loop.ServeWaiting();
                }

                _waitingToUpload.Clear();
                Volatile.Write(ref _waitingToUploadCount, 0);
            }
        }
    }

    /// <summary>Has a loop serve what waits when there may be a place again.</summary>
    public void Await(ISharingLoop loop)
    {
        lock (_lock)
        {
            _waiting.Add(loop);
            Volatile.Write(ref _waitingCount, _waiting.Count);
        }

        // A place that became free in between did not serve this loop.
        if (Sockets < limits.MaxSockets)
        {
            WakeWaiting();
        }
    }

    /// <summary>Has the other loops close something that is idle.</summary>
    public void AskOthers(ISharingLoop loop)
    {
        foreach (var other in Loops)
        {
            if (other != loop)
            {
                other.AskForRoom();
            }
        }
    }

    /// <summary>The system had no descriptor, port or memory for a connection.</summary>
    public void OnExhausted() => Interlocked.Increment(ref _exhausted);

    /// <summary>How often that was since the last time it was asked.</summary>
    public int TakeExhausted() => Interlocked.Exchange(ref _exhausted, 0);

    private void WakeWaiting()
    {
        if (!HasWaiting)
        {
            return;
        }

        lock (_lock)
        {
            foreach (var loop in _waiting)
            {
                loop.ServeWaiting();
            }

            _waiting.Clear();
            Volatile.Write(ref _waitingCount, 0);
        }
    }

    private bool TryCount(Dictionary<UInt128, int> counts, UInt128 client)
    {
        lock (_lock)
        {
            var count = counts.GetValueOrDefault(client);
            if (count >= limits.MaxConnectionsPerClient)
            {
                return false;
            }

            counts[client] = count + 1;
            return true;
        }
    }

    // Who has an IPv6 network has all its addresses.
    private static UInt128 KeyOf(IPAddress? client)
    {
        var octets = (client ?? IPAddress.Any).MapToIPv6().GetAddressBytes().AsSpan();
        if (client is { AddressFamily: AddressFamily.InterNetworkV6, IsIPv4MappedToIPv6: false })
        {
            octets[NetworkBytes..].Clear();
        }

        return BinaryPrimitives.ReadUInt128BigEndian(octets);
    }
}

using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;

namespace Parallax.Shadows.Tests.Delivery;

/// <summary>A server that does to each connection what a test tells it to, right or wrong.</summary>
internal sealed class RawServer : IDisposable
{
    private static readonly ConcurrentBag<Socket> Reserved = [];

    private readonly Socket _listener;
    private readonly List<Task> _serving = [];
    private readonly List<Socket> _sockets = [];
    private readonly Lock _lock = new();
    private int _accepted;

    /// <param name="serve">What is done with a connection; it is closed after that.</param>
    /// <param name="port">0 for any.</param>
    public RawServer(Func<RawPeer, Task> serve, int port = 0)
    {
        _listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
        _listener.Listen(512);
        EndPoint = (IPEndPoint)_listener.LocalEndPoint!;
        Accepting = AcceptAsync(serve);
    }

    public IPEndPoint EndPoint { get; }

    public int Accepted => Volatile.Read(ref _accepted);

    private Task Accepting { get; }

    /// <summary>A port at which nobody listens. It stays bound, so that no other test is given it meanwhile.</summary>
    public static IPEndPoint Nobody()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Reserved.Add(socket);
        return (IPEndPoint)socket.LocalEndPoint!;
    }

    /// <summary>Answers every request with its own body's length.</summary>
    public static async Task Echo(RawPeer peer)
    {
        while (await peer.ReadRequest() is { } request)
        {
            await peer.Write($"HTTP/1.1 200 OK\r\nContent-Length: {request.Body.Length}\r\n\r\n");
            await peer.Write(request.Body);
        }
    }

    public void Dispose()
    {
        _listener.Dispose();
        lock (_lock)
        {
            _sockets.ForEach(socket => socket.Dispose());
        }
    }

    private async Task AcceptAsync(Func<RawPeer, Task> serve)
    {
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptAsync();
                socket.NoDelay = true;
                lock (_lock)
                {
                    _sockets.Add(socket);
                    _serving.Add(ServeAsync(socket, serve, _accepted++));
                }
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private static async Task ServeAsync(Socket socket, Func<RawPeer, Task> serve, int number)
    {
        try
        {
            await Task.Yield();
            await using var stream = new NetworkStream(socket, ownsSocket: false);
            await serve(new RawPeer(stream, number, () => socket.Close(0), () => socket.Shutdown(SocketShutdown.Send)));
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or InvalidOperationException
            or IOException or AuthenticationException)
        {
            // The other end went away.
        }
        finally
        {
            socket.Dispose();
        }
    }
}

/// <summary>One request as the stupid reader of this server sees it.</summary>
internal sealed record RawRequest(string Head, byte[] Body)
{
    public string Line => Head[..Head.IndexOf("\r\n", StringComparison.Ordinal)];
}

/// <summary>One connection of a <see cref="RawServer"/> or <see cref="SimulatedServer"/>.</summary>
/// <param name="stream">Its octets.</param>
/// <param name="number">The connection's number, from 0.</param>
/// <param name="reset">Closes it with a reset.</param>
/// <param name="end">Ends our direction.</param>
internal sealed class RawPeer(Stream stream, int number, Action reset, Action end)
{
    private byte[] _buffer = new byte[1 << 16];
    private int _start;
    private int _end;

    /// <summary>The connection's number, from 0.</summary>
    public int Number { get; } = number;

    /// <summary>The connection as a stream, for a server that reads otherwise.</summary>
    public Stream Stream => stream;

    /// <summary>Never returns by itself.</summary>
    public async Task Hang()
    {
        while (await Fill())
        {
        }
    }

    public async Task Write(byte[] octets) => await stream.WriteAsync(octets);

    public Task Write(string text) => Write(Encoding.Latin1.GetBytes(text));

    /// <summary>Closes with a reset.</summary>
    public void Reset() => reset();

    /// <summary>Ends our direction.</summary>
    public void End() => end();

    /// <summary>The next request; its body as on the wire. Null at the end.</summary>
    public async Task<RawRequest?> ReadRequest()
    {
        var head = await ReadHead();
        if (head is null)
        {
            return null;
        }

        if (head.Contains("transfer-encoding: chunked", StringComparison.OrdinalIgnoreCase))
        {
            return new RawRequest(head, await ReadThrough("\r\n0\r\n", "\r\n\r\n"));
        }

        var at = head.IndexOf("content-length:", StringComparison.OrdinalIgnoreCase);
        var length = at < 0 ? 0 : int.Parse(head.AsSpan(at + 15, head.IndexOf("\r\n", at, StringComparison.Ordinal) - at - 15));
        return new RawRequest(head, await Read(length));
    }

    public async Task<string?> ReadHead()
    {
        while (true)
        {
            var length = Pending.IndexOf("\r\n\r\n"u8);
            if (length >= 0)
            {
                return Encoding.Latin1.GetString(Take(length + 4));
            }

            if (!await Fill())
            {
                return null;
            }
        }
    }

    public async Task<byte[]> Read(int length)
    {
        while (_end - _start < length)
        {
            if (!await Fill())
            {
                throw new InvalidOperationException("ended");
            }
        }

        return Take(length);
    }

    private ReadOnlySpan<byte> Pending => _buffer.AsSpan(_start, _end - _start);

    private async Task<byte[]> ReadThrough(string first, string last)
    {
        while (true)
        {
            var start = Pending.IndexOf(Encoding.Latin1.GetBytes(first));
            var end = start < 0 ? -1 : Pending[(start + 3)..].IndexOf(Encoding.Latin1.GetBytes(last));
            if (end >= 0)
            {
                return Take(start + 3 + end + last.Length);
            }

            if (!await Fill())
            {
                throw new InvalidOperationException("ended");
            }
        }
    }

    private byte[] Take(int length)
    {
        var octets = _buffer.AsSpan(_start, length).ToArray();
        _start += length;
        return octets;
    }

    private async Task<bool> Fill()
    {
        if (_start > 0 && _end == _buffer.Length)
        {
            Pending.CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        if (_end == _buffer.Length)
        {
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }

        var count = await stream.ReadAsync(_buffer.AsMemory(_end));
        _end += count;
        return count > 0;
    }
}

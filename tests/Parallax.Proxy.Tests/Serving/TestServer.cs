using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Parallax.Proxy.Tests.Serving;

/// <summary>A server that does to each connection what a test tells it to, right or wrong.</summary>
internal sealed class TestServer : IDisposable
{
    private static readonly ConcurrentBag<Socket> Reserved = [];

    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly ConcurrentBag<TestWire> _wires = [];
    private int _accepted;

    /// <param name="serve">What is done with a connection, given its number from 0; it is closed after that.</param>
    public TestServer(Func<TestWire, int, Task> serve)
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(512);
        Address = (IPEndPoint)_listener.LocalEndPoint!;
        Accepting = AcceptAsync(serve);
    }

    public TestServer(Func<TestWire, Task> serve)
        : this((wire, _) => serve(wire))
    {
    }

    public IPEndPoint Address { get; }

    public int Accepted => Volatile.Read(ref _accepted);

    private Task Accepting { get; }

    /// <summary>A server that answers each request with what the function makes of it.</summary>
    public static TestServer Answering(Func<RawMessage, string> answer) => new(async wire =>
    {
        while (await wire.ReadAsync() is { } request)
        {
            await wire.WriteAsync(answer(request));
        }
    });

    /// <summary>A server that answers 200 with the request's body.</summary>
    public static TestServer Echo() => new(async wire =>
    {
        while (await wire.ReadAsync() is { } request)
        {
            var isChunked = request["transfer-encoding"] is not null;
            await wire.WriteAsync(isChunked
                ? "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                : $"HTTP/1.1 200 OK\r\nContent-Length: {request.Body.Length}\r\n\r\n");
            await wire.WriteAsync(request.Body);
        }
    });

    /// <summary>A port at which nobody listens. It stays bound, so that no other test is given it meanwhile.</summary>
    public static IPEndPoint Nobody()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Reserved.Add(socket);
        return (IPEndPoint)socket.LocalEndPoint!;
    }

    public void Dispose()
    {
        _listener.Dispose();
        foreach (var wire in _wires)
        {
            wire.Dispose();
        }
    }

    private async Task AcceptAsync(Func<TestWire, int, Task> serve)
    {
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptAsync();
                socket.NoDelay = true;
                var wire = new TestWire(socket);
                _wires.Add(wire);
                _ = ServeAsync(wire, serve, _accepted++);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private static async Task ServeAsync(TestWire wire, Func<TestWire, int, Task> serve, int number)
    {
        try
        {
            await Task.Yield();
            await serve(wire, number);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or InvalidOperationException
            or OperationCanceledException)
        {
            // The other end went away.
        }
        finally
        {
            wire.Dispose();
        }
    }
}

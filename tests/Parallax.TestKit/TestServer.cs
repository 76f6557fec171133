using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Parallax.TestKit;

/// <summary>A server that does to each connection what a test wants, right or wrong.</summary>
/// <remarks>Thread safety: connections are served concurrently; the members may be used by any thread.</remarks>
public sealed class TestServer : IDisposable
{
    private static readonly ConcurrentBag<Socket> Reserved = [];

    private readonly Socket _listener = Bound();
    private readonly ConcurrentBag<TestWire> _wires = [];
    private readonly Func<TestWire, Task> _serve;
    private int _accepted;

    /// <summary>A server that listens.</summary>
    /// <param name="serve">What is done with a connection; it is closed after that.</param>
    public TestServer(Func<TestWire, Task> serve)
        : this(serve, listens: true)
    {
    }

    private TestServer(Func<TestWire, Task> serve, bool listens)
    {
        _serve = serve;
        Address = (IPEndPoint)_listener.LocalEndPoint!;
        if (listens)
        {
            Listen();
        }
    }

    public IPEndPoint Address { get; }

    /// <summary>Connections made to it.</summary>
    public int Accepted => Volatile.Read(ref _accepted);

    /// <summary>A server that has its port but refuses connections until <see cref="Listen"/>.</summary>
    public static TestServer Closed(Func<TestWire, Task> serve) => new(serve, listens: false);

    /// <summary>A server that answers each request with what the function makes of it.</summary>
    public static TestServer Answering(Func<RawMessage, string> answer) => new(async wire =>
    {
        while (await wire.ReadAsync() is { } request)
        {
            await wire.WriteAsync(answer(request));
        }
    });

    /// <summary>A server that answers 200 with the request's body.</summary>
    public static TestServer Echo() => new(EchoAsync);

    /// <summary>Answers each request of a connection 200 with the request's body.</summary>
    public static async Task EchoAsync(TestWire wire)
    {
        while (await wire.ReadAsync() is { } request)
        {
            await wire.WriteAsync(request.IsChunked
                ? "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                : $"HTTP/1.1 200 OK\r\nContent-Length: {request.Body.Length}\r\n\r\n");
            await wire.WriteAsync(request.Body);
        }
    }

    /// <summary>A port at which nobody listens. It stays bound, so that no other test is given it meanwhile.</summary>
    public static IPEndPoint Nobody()
    {
        var socket = Bound();
        Reserved.Add(socket);
        return (IPEndPoint)socket.LocalEndPoint!;
    }

    public void Listen()
    {
        _listener.Listen(512);
        _ = AcceptAsync();
    }

    public void Dispose()
    {
        _listener.Dispose();
        foreach (var wire in _wires)
        {
            wire.Dispose();
        }
    }

    private static Socket Bound()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptAsync();
                socket.NoDelay = true;
                var wire = new TestWire(socket, _accepted);
                Volatile.Write(ref _accepted, _accepted + 1);
                _wires.Add(wire);
                _ = ServeAsync(wire);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TestWire wire)
    {
        try
        {
            await Task.Yield();
            await _serve(wire);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or InvalidOperationException
            or OperationCanceledException or IOException or AuthenticationException)
        {
            // The other end went away.
        }
        finally
        {
            wire.Dispose();
        }
    }
}

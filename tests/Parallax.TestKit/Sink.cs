using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Parallax.TestKit;

/// <summary>What is done with a request: write an answer, or something worse.</summary>
public delegate Task Answering(Socket connection, SinkRequest request);

/// <summary>The other version of the service: keeps every request octet for octet, and answers as a test tells it to.</summary>
public sealed class Sink : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly ConcurrentQueue<SinkRequest> _requests = new();
    private readonly ConcurrentBag<Socket> _connections = [];
    private readonly SemaphoreSlim _arrived = new(0);
    private readonly Answering _answering;
    private int _awaited;
    private int _accepted;

    private Sink(Answering answering)
    {
        _answering = answering;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
    }

    /// <summary>A sink that listens.</summary>
    /// <param name="answering">200 without a body when null.</param>
    public static Sink Open(Answering? answering = null)
    {
        var sink = Closed(answering);
        sink.Listen();
        return sink;
    }

    /// <summary>A sink whose port is its own but refuses connections until <see cref="Listen"/>.</summary>
    public static Sink Closed(Answering? answering = null) => new(answering ?? Ok);

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    public string Url => $"http://127.0.0.1:{Port}";

    /// <summary>The requests read to their end, in that order.</summary>
    public IReadOnlyList<SinkRequest> Requests => [.. _requests];

    /// <summary>The request targets in the order they came.</summary>
    public IEnumerable<string> Targets => _requests.Select(request => request.Target);

    public static async Task Ok(Socket connection, SinkRequest request) =>
        await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"u8.ToArray());

    public void Listen()
    {
        _listener.Listen(512);
        _ = AcceptAsync();
    }

    /// <summary>Waits for as many more requests.</summary>
    public async Task Receive(int count)
    {
        for (; count > 0; count--)
        {
            if (!await _arrived.WaitAsync(Patience))
            {
                throw new TimeoutException($"request {_awaited + 1} did not come");
            }

            _awaited++;
        }
    }

    public void Dispose()
    {
        _listener.Dispose();
        foreach (var connection in _connections)
        {
            connection.Dispose();
        }
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var connection = await _listener.AcceptAsync();
                _connections.Add(connection);
                _ = ServeAsync(connection, _accepted++);
            }
        }
        catch (Exception fault) when (fault is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(Socket connection, int number)
    {
        try
        {
            var reader = new SinkReader(connection, number);
            while (await reader.Next() is { } request)
            {
                _requests.Enqueue(request);
                _arrived.Release();
                await _answering(connection, request);
            }
        }
        catch (Exception fault) when (fault is SocketException or ObjectDisposedException)
        {
            // The other end, or the test, went away.
        }
        finally
        {
            connection.Dispose();
        }
    }
}

using System.Collections.Concurrent;

namespace Parallax.TestKit;

/// <summary>The other version of the service: a server that keeps every request octet for octet, and answers as a test wants.</summary>
public sealed class Sink : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ConcurrentQueue<RawMessage> _requests = new();
    private readonly SemaphoreSlim _arrived = new(0);
    private readonly TestServer _server;
    private int _awaited;

    private Sink(Func<TestWire, RawMessage, Task> answer) => _server = TestServer.Closed(async wire =>
    {
        while (await wire.ReadAsync() is { } request)
        {
            _requests.Enqueue(request);
            _arrived.Release();
            await answer(wire, request);
        }
    });

    /// <summary>A sink that listens.</summary>
    /// <param name="answer">What is done with a request: write an answer, or something worse; 200 without a body when null.</param>
    public static Sink Open(Func<TestWire, RawMessage, Task>? answer = null)
    {
        var sink = Closed(answer);
        sink.Listen();
        return sink;
    }

    /// <summary>A sink that has its port but refuses connections until <see cref="Listen"/>.</summary>
    public static Sink Closed(Func<TestWire, RawMessage, Task>? answer = null) => new(answer ?? Ok);

    public int Port => _server.Address.Port;

    public string Url => $"http://127.0.0.1:{Port}";

    /// <summary>The requests read to their end, in that order.</summary>
    public IReadOnlyList<RawMessage> Requests => [.. _requests];

    /// <summary>The request targets in the order they came.</summary>
    public IEnumerable<string> Targets => _requests.Select(request => request.Target);

    public static Task Ok(TestWire wire, RawMessage request) => wire.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");

    public void Listen() => _server.Listen();

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

    public void Dispose() => _server.Dispose();
}

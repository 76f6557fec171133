using System.Collections.Concurrent;
using System.Net;
using System.Threading.Channels;
using Parallax.TestKit;

namespace Parallax.Proxy.Tests.Conformance;

/// <summary>A server that answers every request 200 with its own name and keeps what it saw.</summary>
internal sealed class Witness : IDisposable
{
    private readonly Channel<RawMessage> _arrived = Channel.CreateUnbounded<RawMessage>();
    private readonly ConcurrentQueue<RawMessage> _seen = [];
    private readonly TestServer _server;

    public Witness(string name = "")
    {
        Name = name;
        _server = TestServer.Answering(request =>
        {
            _seen.Enqueue(request);
            _arrived.Writer.TryWrite(request);
            return $"HTTP/1.1 200 OK\r\nX-Name: {name}\r\nContent-Length: {name.Length}\r\n\r\n{name}";
        });
    }

    public string Name { get; }

    public IPEndPoint Address => _server.Address;

    /// <summary>Connections made to it.</summary>
    public int Accepted => _server.Accepted;

    /// <summary>Every request so far.</summary>
    public IReadOnlyCollection<RawMessage> Seen => _seen;

    /// <summary>The next request the test has not looked at yet.</summary>
    public async Task<RawMessage> NextAsync() => await _arrived.Reader.ReadAsync(TestContext.Current.CancellationToken);

    public void Dispose() => _server.Dispose();
}

using System.Collections.Concurrent;
using System.Net;
using System.Threading.Channels;
using Parallax.TestKit;

namespace Parallax.Proxy.Tests.Copies;

/// <summary>A shadow that answers everything and remembers it.</summary>
internal sealed class Recorder : IDisposable
{
    private readonly Channel<RawMessage> _arrived = Channel.CreateUnbounded<RawMessage>();
    private readonly TestServer _server;

    public Recorder() => _server = TestServer.Answering(request =>
    {
        Seen.Enqueue(request);
        _arrived.Writer.TryWrite(request);
        return "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    });

    public ConcurrentQueue<RawMessage> Seen { get; } = [];

    public IPEndPoint Address => _server.Address;

    public int Accepted => _server.Accepted;

    /// <summary>The next requests, once they are there.</summary>
    public async Task<List<RawMessage>> NextAsync(int count)
    {
        var messages = new List<RawMessage>();
        while (messages.Count < count)
        {
            messages.Add(await _arrived.Reader.ReadAsync(TestContext.Current.CancellationToken));
        }

        return messages;
    }

    public void Dispose() => _server.Dispose();
}

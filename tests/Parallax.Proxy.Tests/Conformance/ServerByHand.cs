using System.Net;
using System.Threading.Channels;
using Parallax.TestKit;

namespace Parallax.Proxy.Tests.Conformance;

/// <summary>A server whose connections the test serves itself, octet by octet.</summary>
internal sealed class ServerByHand : IDisposable
{
    private readonly Channel<TestWire> _wires = Channel.CreateUnbounded<TestWire>();
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TestServer _server;

    public ServerByHand() => _server = new TestServer(async wire =>
    {
        _wires.Writer.TryWrite(wire);
        await _over.Task;
    });

    public IPEndPoint Address => _server.Address;

    /// <summary>Connections made to it.</summary>
    public int Accepted => _server.Accepted;

    /// <summary>The next connection.</summary>
    public async Task<TestWire> AcceptAsync() => await _wires.Reader.ReadAsync(TestContext.Current.CancellationToken);

    public void Dispose()
    {
        _over.TrySetResult();
        _server.Dispose();
    }
}

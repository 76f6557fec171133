using System.Net;
using System.Threading.Channels;
using Parallax.TestKit;

namespace Parallax.Cli.Tests.EndToEnd;

/// <summary>Clients that send one request after the other, and try none again: a request that is not answered fails the test.</summary>
internal sealed class SteadyClients
{
    private const int Clients = 8;

    private readonly IPEndPoint _server;
    private readonly bool _keepsConnections;
    private readonly Channel<int> _answers = Channel.CreateUnbounded<int>();
    private readonly Task<int>[] _running;
    private volatile bool _isOver;

    /// <param name="server">Whom they ask.</param>
    /// <param name="keepsConnections">True to close a connection only when the server says so; false to make one for each request.</param>
    public SteadyClients(IPEndPoint server, bool keepsConnections)
    {
        (_server, _keepsConnections) = (server, keepsConnections);
        _running = [.. Enumerable.Range(0, Clients).Select(_ => Task.Run(AskAsync))];
    }

    /// <summary>Waits for as many more answers.</summary>
    public async Task Answers(int count)
    {
        for (; count > 0; count--)
        {
            Assert.Equal(200, await _answers.Reader.ReadAsync().AsTask().WaitAsync(RunningParallax.Guard));
        }
    }

    /// <summary>Ends them.</summary>
    /// <returns>How many requests were sent; each was answered.</returns>
    public async Task<int> End()
    {
        _isOver = true;
        return (await Task.WhenAll(_running).WaitAsync(RunningParallax.Guard)).Sum();
    }

    private async Task<int> AskAsync()
    {
        var sent = 0;
        TestWire? wire = null;
        while (!_isOver)
        {
            wire ??= await TestWire.ConnectAsync(_server);
            await wire.WriteAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            sent++;
            var answer = await wire.ReadAsync() ?? throw new InvalidOperationException("a connection was closed without an answer");
            Assert.Equal(200, answer.Status);
            _answers.Writer.TryWrite(answer.Status);
            if (!_keepsConnections || answer["connection"] == "close")
            {
                wire.Dispose();
                wire = null;
            }
        }

        wire?.Dispose();
        return sent;
    }
}

using System.Diagnostics;
using System.Net;
using System.Text;
using Parallax.Reactor.Connections;
using Parallax.Traffic.Queues;

namespace Parallax.Benchmarks.Http;

/// <summary>Sends requests at a fixed rate over keep-alive connections, whatever the answers do, and remembers what came back. A latency
/// counts from when its request was due, so a server that stalls cannot hide it. The first requests only warm up, the client
/// not least.</summary>
/// <remarks>Thread safety: belongs to the loop's thread.</remarks>
internal sealed class FixedRateClient
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(1);

    private readonly IEventLoop _loop;
    private readonly IPEndPoint _server;
    private readonly ClientLoad _load;
    private readonly Stack<ClientConnection> _idle = new();
    private readonly Queue<long> _waiting = new();
    private readonly SortedDictionary<int, long> _statuses = [];
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly byte[] _body;
    private long _started;
    private long _sent;
    private long _over;
    private ulong _digest;

    public FixedRateClient(IEventLoop loop, IPEndPoint server, ClientLoad load)
    {
        _loop = loop;
        _server = server;
        _load = load;
        _body = Encoding.ASCII.GetBytes(new string('x', load.BodyBytes));
    }

    public LatencyHistogram Latency { get; } = new();

    public long Failed { get; private set; }

    public IReadOnlyDictionary<int, long> Statuses => _statuses;

    /// <summary>The same for the same set of answers, in whatever order they came.</summary>
    public ulong Digest => _digest;

    public Task RunAsync()
    {
        _loop.Post(_ =>
        {
            for (var i = 0; i < _load.Connections; i++)
            {
                Connect();
            }

            _started = Stopwatch.GetTimestamp();
            OnBeat();
        }, null);
        return _done.Task;
    }

    public void OnIdle(ClientConnection connection)
    {
        if (_waiting.TryDequeue(out var due))
        {
            Send(connection, due);
        }
        else
        {
            _idle.Push(connection);
        }
    }

    public void OnAnswer(ClientConnection connection, int status, ulong bodyHash, bool isReusable)
    {
        _over++;
        if (connection.Due >= _load.WarmRequests / (double)_load.Rate * 1e9)
        {
            Latency.Record(Now - connection.Due);
        }

        _statuses[status] = _statuses.GetValueOrDefault(status) + 1;
        _digest = unchecked(_digest + (bodyHash ^ ((ulong)status * 0x9E3779B97F4A7C15UL)));
        if (isReusable)
        {
            OnIdle(connection);
        }
    }

    public void OnLost(ClientConnection connection, bool hadRequest)
    {
        if (hadRequest)
        {
            Failed++;
            _over++;
        }

        if (!_done.Task.IsCompleted)
        {
            Connect();
        }
    }

    private long Now => (long)(Stopwatch.GetElapsedTime(_started).TotalNanoseconds);

    private void Connect() => _loop.Connect(_server, new ClientConnection(this), ConnectOptions.Default);

    private void OnBeat()
    {
        var due = Math.Min(_load.Requests, Now / 1_000_000_000.0 * _load.Rate);
        while (_sent + _waiting.Count < due)
        {
            var at = (long)((_sent + _waiting.Count) / (double)_load.Rate * 1e9);
            ClientConnection? connection = null;
            while (_idle.TryPop(out connection) && !connection.IsOpen)
            {
            }

            if (connection is null)
            {
                _waiting.Enqueue(at);
            }
            else
            {
                Send(connection, at);
            }
        }

        if (_over >= _load.Requests || Now / 1e9 > (_load.Requests / (double)_load.Rate) + 20)
        {
            _done.TrySetResult();
            return;
        }

        _loop.Schedule(Beat, static client => ((FixedRateClient)client!).OnBeat(), this);
    }

    private void Send(ClientConnection connection, long due)
    {
        var number = _sent++;
        var isPost = number % 100 < _load.PostPercent;
        var head = isPost
            ? $"POST /item/{number} HTTP/1.1\r\nHost: bench\r\nContent-Length: {_body.Length}\r\n\r\n"
            : $"GET /item/{number} HTTP/1.1\r\nHost: bench\r\n\r\n";
        connection.Send(head, isPost ? _body : [], due);
    }
}

/// <summary>What a <see cref="FixedRateClient"/> sends; the latency of the first <paramref name="WarmRequests"/> is not recorded.</summary>
internal sealed record ClientLoad(int Connections, long Rate, long Requests, long WarmRequests, int PostPercent, int BodyBytes);

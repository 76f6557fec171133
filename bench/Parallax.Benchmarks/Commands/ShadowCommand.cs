using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using Parallax.Reactor.Connections;
using Parallax.Reactor.Loops;
using Parallax.Shadows.Clients;
using Parallax.Shadows.Delivery;
using Parallax.Traffic.Exchanges;
using Parallax.Wire.Http1;

namespace Parallax.Benchmarks.Commands;

/// <summary>What a shadow request costs the loop that sends it: prepared requests, offered on the target's own loop, so many in flight at
/// once. The answers of a turn are followed by as many requests, as the answers a proxy gives are by its clients' next ones.</summary>
internal static class ShadowCommand
{
    public static int Run(Switches switches)
    {
        using var loop = EventLoop.Create("shadows", Faults.End);
        loop.Start();
        var load = new Load(loop, IPEndPoint.Parse(switches.Required("--to")), switches);
        var requests = switches.Number("--requests", 500_000);
        load.Run(requests / 5);
        for (var round = switches.Number("--rounds", 5); round > 0; round--)
        {
            Measure(load, loop.Counters, requests);
        }

        return load.Finish() ? 0 : 1;
    }

    private static void Measure(Load load, LoopCounters counters, long requests)
    {
        using var process = Process.GetCurrentProcess();
        var (user, system) = (process.UserProcessorTime, process.PrivilegedProcessorTime);
        var (sends, receives, turns, allocated) = (counters.Sends, counters.Receives, counters.Turns, GC.GetTotalAllocatedBytes());
        var started = Stopwatch.GetTimestamp();
        load.Run(requests);
        var elapsed = Stopwatch.GetElapsedTime(started);
        process.Refresh();
        string[] figures =
        [
            $"\"requests\": {requests}",
            Figure("per_second", requests / elapsed.TotalSeconds),
            Figure("user_us", (process.UserProcessorTime - user).TotalMicroseconds / requests),
            Figure("system_us", (process.PrivilegedProcessorTime - system).TotalMicroseconds / requests),
            Figure("sends", (counters.Sends - sends) / (double)requests),
            Figure("receives", (counters.Receives - receives) / (double)requests),
            Figure("turns", (counters.Turns - turns) / (double)requests),
            Figure("allocated_bytes", (GC.GetTotalAllocatedBytes() - allocated) / (double)requests),
        ];
        Console.WriteLine($"{{{string.Join(", ", figures)}}}");

        static string Figure(string name, double value) => string.Create(CultureInfo.InvariantCulture, $"\"{name}\": {value:F3}");
    }

    /// <summary>The requests of one target.</summary>
    private sealed class Load
    {
        private readonly IEventLoop _loop;
        private readonly ShadowTarget _target;
        private readonly OctetPool _pool = new();
        private readonly byte[] _head;
        private readonly byte[] _body;
        private readonly KnownMethod _method;
        private readonly long _underWay;
        private TaskCompletionSource _done = new();
        private long _toOffer;
        private long _toEnd;
        private int _due;

        public Load(IEventLoop loop, IPEndPoint address, Switches switches)
        {
            _loop = loop;
            _underWay = switches.Number("--under-way", 64);
            _body = new byte[switches.Number("--body", 0)];
            _method = _body.Length > 0 ? KnownMethod.Post : KnownMethod.Get;
            var length = _body.Length > 0 ? $"Content-Length: {_body.Length}\r\n" : "";
            _head = Encoding.Latin1.GetBytes($"{(_body.Length > 0 ? "POST" : "GET")} / HTTP/1.1\r\nHost: shadow\r\n"
                + $"User-Agent: parallax-bench\r\nAccept: */*\r\n{length}x-parallax-shadow: bench\r\n\r\n");
            _target = new ShadowTarget(loop, new ShadowTargetConfig
            {
                Name = "bench",
                Url = new ServerUrl(false, address.Address.ToString(), address.Port, address.ToString()),
                Addresses = [address],
                Rewriter = null,
                Options = ShadowOptions.Default with { PipelineDepth = (int)switches.Number("--depth", 1) },
                Observer = (ShadowTargetConfig _, in ShadowOutcome _) => OnOutcome(),
            });
        }

        public void Run(long requests)
        {
            _done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _loop.Post(_ => Begin(requests), null);
            _done.Task.GetAwaiter().GetResult();
        }

        public bool Finish()
        {
            var account = _target.Inbox.DrainAsync(TimeSpan.FromSeconds(5)).GetAwaiter().GetResult();
            Console.Error.WriteLine($"{account.Answered} of {account.Offered} answered, {account.Connects} connections");
            return account.Answered == account.Offered;
        }

        private void Begin(long requests)
        {
            (_toOffer, _toEnd) = (requests, requests);
            for (var time = Math.Min(_underWay, requests); time > 0; time--)
            {
                Offer();
            }
        }

        private void OnOutcome()
        {
            if (--_toEnd == 0)
            {
                _done.SetResult();
            }
            else if (_due++ == 0)
            {
                _loop.Post(static load => ((Load)load!).OfferDue(), this);
            }
        }

        private void OfferDue()
        {
            for (; _due > 0 && _toOffer > 0; _due--)
            {
                Offer();
            }

            _due = 0;
        }

        private void Offer()
        {
            _toOffer--;
            var request = default(MessageBuilder);
            request.BeginPrepared(_pool, _method, _head.Length + _body.Length).Write(_head);
            request.EndHead();
            request.Append(_body);
            _target.Offer(request.Seal(MessageState.Complete), default);
        }
    }
}

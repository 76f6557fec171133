using System.ComponentModel;
using System.Diagnostics;
using Parallax.Reactor.Loops;
using Parallax.Recording.Gor;
using Parallax.Traffic.Queues;

namespace Parallax.Shadows.Replay;

/// <summary>The middleware's process and its pipes. One thread writes to it and one reads from it, so that one which hangs holds up nobody
/// else.</summary>
/// <remarks>Thread safety: <see cref="TrySend"/> from any thread; the callbacks come from the reading thread.</remarks>
internal sealed class MiddlewareProcess : IDisposable
{
    // Hex: half as many octets of a message.
    private const int MaxLineBytes = 128 << 20;

    // An eighth of the heap, since it is held as octets, too: as large a message as an entry of a .gor file may be.
    private readonly int _longestLine = (int)Math.Min(MaxLineBytes, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 8);
    private readonly MiddlewareOptions _options;
    private readonly Process _process;
    private readonly BoundedQueue<MiddlewareLine> _queue;
    private readonly SemaphoreSlim _there = new(0);
    private readonly Action<long, byte[]> _onRequest;
    private readonly Action _onEnd;
    private readonly Thread _writer;
    private readonly Thread _reader;
    private volatile bool _ending;
    private volatile bool _broken;
    private long _rubbish;

    /// <summary>Starts it.</summary>
    /// <param name="options">What to start.</param>
    /// <param name="maxWaiting">Most messages that wait until it reads them.</param>
    /// <param name="onRequest">Told of each request it hands back: its number, or 0, and its octets.</param>
    /// <param name="onEnd">Told once that nothing more will come from it.</param>
    /// <exception cref="MiddlewareException">It cannot be started.</exception>
    public MiddlewareProcess(MiddlewareOptions options, int maxWaiting, Action<long, byte[]> onRequest, Action onEnd)
    {
        (_options, _onRequest, _onEnd) = (options, onRequest, onEnd);
        _process = Start(options.Command);
        _queue = new(maxWaiting, options.MaxWaitingBytes, new(), () => _there.Release());
        _writer = new(Write) { Name = "middleware-write", IsBackground = true };
        _reader = new(Read) { Name = "middleware-read", IsBackground = true };
        _writer.Start();
        _reader.Start();
    }

    /// <summary>False when it has ended or closed a pipe.</summary>
    public bool IsRunning => !_broken;

    /// <summary>Lines of its output that are not messages.</summary>
    public long Rubbish => Volatile.Read(ref _rubbish);

    /// <summary>Has a message written to it.</summary>
    /// <param name="line">Its ownership is taken over.</param>
    /// <returns>False when too much waits already.</returns>
    public bool TrySend(in MiddlewareLine line)
    {
        var isAccepted = _queue.Offer(line, line.Bytes) == DropReason.None;
        if (!isAccepted)
        {
            line.Dispose();
        }

        return isAccepted;
    }

    /// <summary>Gives it what waits, closes its input, and kills it when it does not end by itself.</summary>
    public async Task EndAsync()
    {
        _queue.Complete();
        _ending = true;
        _there.Release();
        using var patience = new CancellationTokenSource(_options.EndPatience);
        try
        {
            await _process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
        }

        // A child of its that got away may hold the pipes open: both threads are background threads.
        _writer.Join(_options.EndPatience);
        _reader.Join(_options.EndPatience);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }

    private static Process Start(string command)
    {
        var words = command.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0)
        {
            throw new MiddlewareException("the middleware's command is empty");
        }

        try
        {
            // The child is started by this thread.
            ChildPrivileges.Withhold();
            return Process.Start(new ProcessStartInfo(words[0], words[1..])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                UseShellExecute = false,
            })!;
        }
        catch (Win32Exception fault)
        {
            throw new MiddlewareException($"the middleware \"{words[0]}\" cannot be started: {fault.Message}", fault);
        }
    }

    private void Write()
    {
        var buffer = MiddlewareLine.NewBuffer();
        try
        {
            using var pipe = new BufferedStream(_process.StandardInput.BaseStream, buffer.Length);
            while (!_ending || _queue.Items > 0)
            {
                while (_queue.TryTake(out var line))
                {
                    using (line)
                    {
                        line.WriteTo(pipe, buffer);
                    }
                }

                pipe.Flush();
                _there.Wait(_ending ? TimeSpan.Zero : Timeout.InfiniteTimeSpan);
            }
        }
        catch (Exception fault) when (fault is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // It closed its input, or is gone; the reading thread tells about the latter.
            _broken = true;
        }

        _queue.Complete();
        while (_queue.TryTake(out var left))
        {
            left.Dispose();
        }
    }

    private void Read()
    {
        try
        {
            PipeLines.Read(_process.StandardOutput.BaseStream, _longestLine, Take);
        }
        catch (Exception fault) when (fault is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // As good as its end.
        }

        _broken = true;
        _onEnd();
    }

    private void Take(ReadOnlySpan<byte> line, bool isRest)
    {
        if (isRest || !MiddlewareLine.TryRead(line, out var kind, out var number, out var payload))
        {
            // GoReplay says nothing about empty lines either.
            Volatile.Write(ref _rubbish, _rubbish + (isRest || line.Length > 0 ? 1 : 0));
        }
        else if (kind == GorKind.Request)
        {
            _onRequest(number, payload);
        }
    }
}

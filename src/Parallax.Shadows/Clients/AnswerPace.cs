using Parallax.Reactor.Connections;

namespace Parallax.Shadows.Clients;

/// <summary>How fast long answers are read, all connections to a server taken together. Nobody waits for them, and the loop that reads them
/// may have clients to serve.</summary>
/// <remarks>A bucket of octets that fills at the pace and may run into debt by one read; who empties it reads on in turn. It holds little,
/// so that nothing else on the loop waits for more than a few reads. Thread safety: belongs to the loop's thread.</remarks>
internal sealed class AnswerPace(IEventLoop loop, long bytesPerSecond)
{
    /// <summary>Answers up to this length are read as they come.</summary>
    public const int FreeBytes = 64 << 10;

    /// <summary>What the system is to keep of a paced answer: a server that is stopped must not have sent much more than is read.</summary>
    public const int ReceiveBufferBytes = 128 << 10;

    private const double BurstSeconds = 0.005;
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(1);

    private readonly Queue<Connection> _held = new();
    private LoopTimer? _timer;
    private double _left = bytesPerSecond * BurstSeconds;
    private long _filledAt = loop.Now;

    /// <summary>Octets of a long answer came; reading pauses when that was too much.</summary>
    public void OnRead(Connection connection, int octets)
    {
        Fill();
        _left -= octets;
        if (_left >= 0 || connection.IsReadingPaused)
        {
            return;
        }

        connection.PauseReading();
        _held.Enqueue(connection);
        if (_timer is null)
        {
            _timer = loop.Schedule(Turn, static state => ((AnswerPace)state!).GoOn(), this);
        }
        else if (!_timer.IsScheduled)
        {
            _timer.Rearm(Turn);
        }
    }

    private void GoOn()
    {
        Fill();
        for (var room = _left; room > 0 && _held.TryDequeue(out var connection);)
        {
            // One that was closed or used again meanwhile reads already.
            if (connection is { IsOpen: true, IsReadingPaused: true })
            {
                connection.ResumeReading();
                room -= FreeBytes;
            }
        }

        if (_held.Count > 0)
        {
            _timer!.Rearm(Turn);
        }
    }

    private void Fill()
    {
        var now = loop.Now;
        _left = Math.Min(_left + ((now - _filledAt) * 1e-9 * bytesPerSecond), bytesPerSecond * BurstSeconds);
        _filledAt = now;
    }
}

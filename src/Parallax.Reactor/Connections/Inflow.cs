namespace Parallax.Reactor.Connections;

/// <summary>What comes in on one connection: octets for the handler, those it left, pauses, and the peer's end.</summary>
/// <remarks>Thread safety: belongs to the loop's thread.</remarks>
internal sealed class Inflow(Connection connection, LoopState loop, int maxBytes) : ITurnWork
{
    private ReadBuffer _held = new(loop.Blocks, maxBytes);
    private bool _isPaused;
    private bool _isListed;
    private bool _mustShowHeld;
    private bool _hasEnded;
    private bool _isEndAhead;
    private bool _wasEndAheadReported;

    /// <summary>What was received and not consumed.</summary>
    public ref ReadBuffer Held => ref _held;

    public bool IsPaused => _isPaused;

    /// <summary>The peer has ended its direction and the handler knows.</summary>
    public bool HasEnded => _hasEnded;

    /// <summary>Whether the handler wants octets.</summary>
    public bool IsWanted => connection.IsConnected && !_isPaused && !_hasEnded && !connection.Outflow.IsClosing;

    /// <summary>Whether what is held is to be shown before anything more is received, be it the peer's end.</summary>
    public bool MustShowHeld => _mustShowHeld;

    public void Pause()
    {
        if (_isPaused)
        {
            return;
        }

        _isPaused = true;
        if (_isEndAhead)
        {
            ReadLater();
        }
        else
        {
            connection.WatchForEnd();
        }
    }

    /// <summary>The peer has ended its direction; what it sent before may still be unread. A handler that has paused learns of it later in
    /// the turn.</summary>
    public void OnEndAhead()
    {
        _isEndAhead = true;
        if (_isPaused && !_wasEndAheadReported)
        {
            ReadLater();
        }
    }

    public void Resume()
    {
        if (_isPaused)
        {
            _isPaused = false;
            ShowAgain();
        }
    }

    /// <summary>Has what is held shown again later in the turn.</summary>
    public void ShowAgain()
    {
        _mustShowHeld = true;
        ReadLater();
    }

    /// <summary>Has the transport receive later in the turn, without waiting for an event.</summary>
    public void ReadLater()
    {
        if (!_isListed)
        {
            _isListed = true;
            loop.AddReader(this);
        }
    }

    /// <summary>The loop's visit: shows what is held, and receives.</summary>
    public void DoInTurn()
    {
        _isListed = false;
        if (_isPaused)
        {
            ReportEndAhead();
            return;
        }

        if (_mustShowHeld && IsWanted)
        {
            _mustShowHeld = false;
            if (!_held.IsEmpty)
            {
                OfferHeld();
            }
        }

        if (IsWanted)
        {
            connection.Receive();
        }
    }

    /// <summary>Octets were received elsewhere while nothing was held: what the handler leaves is copied.</summary>
    public void Offer(ReadOnlySpan<byte> octets)
    {
        var consumed = connection.Show(octets);
        if (consumed < octets.Length && connection.IsOpen)
        {
            _held.Keep(octets[consumed..]);
        }

        AfterShowing();
    }

    /// <summary>Octets were received into the room after those held.</summary>
    public void OfferHeld()
    {
        _held.Consume(connection.Show(_held.Octets));
        if (!connection.IsReceiving)
        {
            _held.ReleaseIfEmpty();
        }

        AfterShowing();
    }

    /// <summary>The peer ended its direction.</summary>
    public void End()
    {
        _hasEnded = true;
        if (connection.Outflow.HasFailed)
        {
            connection.CloseWith(CloseReason.Reset);
            return;
        }

        connection.Notify(Notice.ReadEnded);
        if (connection.Outflow.HasEnded)
        {
            connection.CloseWith(CloseReason.PeerClosed);
        }
    }

    private void ReportEndAhead()
    {
        if (_isEndAhead && !_wasEndAheadReported && !_hasEnded && connection.IsConnected && !connection.Outflow.IsClosing)
        {
            _wasEndAheadReported = true;
            connection.Notify(Notice.EndAhead);
        }
    }

    private void AfterShowing()
    {
        if (IsWanted)
        {
            if (_held.IsFull)
            {
                connection.CloseWith(CloseReason.ReadBufferFull);
            }
        }
        else if (connection.Outflow.HasFailed)
        {
            connection.CloseWith(CloseReason.Reset);
        }
    }
}

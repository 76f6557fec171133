namespace Parallax.Reactor.Connections;

/// <summary>What goes out on one connection: pending writes, congestion, and how our direction ends.</summary>
/// <remarks>Thread safety: belongs to the loop's thread.</remarks>
internal sealed class Outflow(Connection connection, LoopState loop, BufferOptions limits) : ITurnWork
{
    private WriteQueue _pending = new(loop.Blocks);
    private Ending _ending;
    private CloseReason _closeReason;
    private bool _isListed;

    // What happens once everything written has been sent.
    private enum Ending
    {
        None,
        EndWrites,
        Close,
    }

    /// <summary>What has still to be sent.</summary>
    public ref WriteQueue Pending => ref _pending;

    public bool IsCongested { get; private set; }

    /// <summary>Sending failed. The peer may have said why before it left, so the connection lives on until that is read.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>Our direction has ended.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>The connection closes as soon as everything is sent.</summary>
    public bool IsClosing => _ending == Ending.Close;

    // Where memory is short nothing waits here that its producer could keep.
    private int HighWatermark => loop.Blocks.IsShort ? 0 : limits.HighWatermarkBytes;

    private bool TakesWrites => connection.IsOpen && _ending == Ending.None && !HasFailed;

    public void Write(ReadOnlySpan<byte> octets)
    {
        if (TakesWrites)
        {
            _pending.Append(octets);
            AfterWrite();
        }
    }

    public void Write(ReadOnlyMemory<byte> octets, IDisposable? owner)
    {
        if (TakesWrites)
        {
            _pending.Append(octets, owner);
            AfterWrite();
        }
        else
        {
            loop.Blocks.Release(owner);
        }
    }

    /// <summary>Keeps octets for the <see cref="Flush"/> that is about to follow.</summary>
    public void Gather(ReadOnlySpan<byte> octets)
    {
        if (TakesWrites)
        {
            _pending.Append(octets);
        }
    }

    public void Flush()
    {
        if (connection.IsConnected && _pending.Bytes > 0)
        {
            connection.Send();
            IsCongested |= _pending.Bytes > HighWatermark;
            if (_pending.Bytes > 0 || _ending != Ending.None || IsCongested)
            {
                SendLater();
            }
        }
    }

    /// <summary>Ends our direction when everything is sent.</summary>
    public void EndWhenSent() => EndWith(Ending.EndWrites, CloseReason.PeerClosed);

    /// <summary>Closes the connection when everything is sent.</summary>
    public void CloseWhenSent(CloseReason reason) => EndWith(Ending.Close, reason);

    /// <summary>Has the loop send what is pending at the end of the turn, and end what is to end then.</summary>
    public void SendLater()
    {
        if (!_isListed)
        {
            _isListed = true;
            loop.AddSender(this, connection.SendOrder);
        }
    }

    /// <summary>The loop's visit: sends, ends what is to end, and reports that congestion is over.</summary>
    public void DoInTurn()
    {
        _isListed = false;
        if (connection.IsConnected && _pending.Bytes > 0)
        {
            connection.Send();
        }

        if (connection.IsConnected && _pending.Bytes == 0 && _ending != Ending.None)
        {
            EndNow();
        }

        if (connection.IsConnected && IsCongested && _pending.Bytes <= Math.Min(limits.LowWatermarkBytes, HighWatermark))
        {
            IsCongested = false;
            connection.Notify(Notice.Writable);
        }
    }

    /// <summary>The connection is established: what was asked for while it was not can be done.</summary>
    public void OnEstablished()
    {
        if (_pending.Bytes > 0 || _ending != Ending.None)
        {
            SendLater();
        }
    }

    /// <summary>The transport cannot send. The rest is discarded; what can still be read is read first.</summary>
    public void Fail(CloseReason reason)
    {
        HasFailed = true;
        _pending.Clear();
        if (connection.Inflow.IsWanted)
        {
            connection.Inflow.ReadLater();
        }
        else
        {
            connection.CloseWith(reason);
        }
    }

    /// <summary>The connection is closed: nothing more is sent.</summary>
    public void Discard()
    {
        IsCongested = false;
        _pending.Clear();
    }

    private void AfterWrite()
    {
        SendLater();
        if (!IsCongested && _pending.Bytes > HighWatermark)
        {
            if (connection.IsConnected)
            {
                connection.Send();
            }

            IsCongested = _pending.Bytes > HighWatermark;
        }
    }

    private void EndWith(Ending ending, CloseReason reason)
    {
        if (connection.IsOpen && _ending < ending)
        {
            _ending = ending;
            _closeReason = reason;
            SendLater();
        }
    }

    private void EndNow()
    {
        if (IsClosing || connection.Inflow.HasEnded)
        {
            connection.CloseWith(_closeReason);
        }
        else if (!HasEnded)
        {
            HasEnded = true;
            connection.EndWrites();
        }
    }
}

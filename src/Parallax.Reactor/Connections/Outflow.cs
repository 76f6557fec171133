namespace Parallax.Reactor.Connections;

/// <summary>What goes out on one connection: pending writes, congestion, and how our direction ends.</summary>
/// <remarks>Thread safety: belongs to the loop's thread.</remarks>
internal sealed class Outflow(Connection connection, Agenda agenda, BufferOptions limits)
{
    private WriteQueue _pending = new(agenda.Blocks);
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
    private int HighWatermark => agenda.Blocks.IsShort ? 0 : limits.HighWatermarkBytes;

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
            agenda.Blocks.Release(owner);
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
                SettleLater();
            }
        }
    }

    /// <summary>Ends our direction when everything is sent.</summary>
    public void EndWhenSent() => EndWith(Ending.EndWrites, CloseReason.PeerClosed);

    /// <summary>Closes the connection when everything is sent.</summary>
    public void CloseWhenSent(CloseReason reason) => EndWith(Ending.Close, reason);

    /// <summary>Has the agenda settle it at the end of the turn.</summary>
    public void SettleLater()
    {
        if (!_isListed)
        {
            _isListed = true;
            agenda.AddDirty(connection);
        }
    }

    /// <summary>The agenda's visit: sends, ends what is to end, and tells that congestion is over.</summary>
    public void Settle()
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
            connection.Tell(Notice.Writable);
        }
    }

    /// <summary>The connection is established: what was asked for while it was not can be done.</summary>
    public void OnEstablished()
    {
        if (_pending.Bytes > 0 || _ending != Ending.None)
        {
            SettleLater();
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
        SettleLater();
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
            SettleLater();
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

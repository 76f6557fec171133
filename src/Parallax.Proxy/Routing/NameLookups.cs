namespace Parallax.Proxy.Routing;

/// <summary>Looks up the names of endpoints, again and again, and keeps nobody waiting for one that takes long: neither the start nor a
/// reload.</summary>
/// <remarks>Thread safety: one caller at a time.</remarks>
/// <param name="clusters">Whose endpoints they are.</param>
/// <param name="resolve">Looks a name up; a <see cref="System.Net.Sockets.SocketException"/> means it was not found, and the addresses
/// known before stay.</param>
public sealed class NameLookups(ClusterSet clusters, AddressResolver resolve)
{
    private Task _refreshing = Task.CompletedTask;

    /// <summary>Looks up the names of all clusters whose names are not being looked up; to be called after <see cref="ClusterSet.Apply"/>.
    /// </summary>
    /// <param name="patience">How long to wait for them; what comes later is still taken.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>False when some took longer.</returns>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public async Task<bool> LookUpAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        var round = clusters.RefreshAsync(resolve, cancellationToken);
        _refreshing = Task.WhenAll(_refreshing, round);
        try
        {
            await round.WaitAsync(patience, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    /// <summary>Begins to look all names up once more, unless it is being done.</summary>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>Done at once; faults with what went wrong the last time.</returns>
    public async Task LookUpAgainAsync(CancellationToken cancellationToken)
    {
        if (_refreshing.IsCompleted)
        {
            var before = _refreshing;
            _refreshing = clusters.RefreshAsync(resolve, cancellationToken);
            await before.ConfigureAwait(false);
        }
    }
}

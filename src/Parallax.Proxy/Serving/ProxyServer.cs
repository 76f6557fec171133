using System.Net;
using System.Net.Sockets;
using System.Runtime.ExceptionServices;
using Parallax.Proxy.Accounts;
using Parallax.Proxy.Bounds;
using Parallax.Proxy.Requests;
using Parallax.Proxy.Routing;
using Parallax.Reactor.Connections;
using Parallax.Shadows.Delivery;

namespace Parallax.Proxy.Serving;

/// <summary>A proxy that runs: workers that share each listener's address while the kernel deals connections out to them.</summary>
/// <remarks>Thread safety: any thread, but one at a time.</remarks>
public sealed class ProxyServer : IDisposable
{
    private readonly ProxyShares _shares;
    private readonly List<ProxyWorker> _workers = [];
    private readonly Dictionary<IPEndPoint, OpenListener> _open = [];
    private readonly ProxyOptions _options;
    private bool _isStarted;

    /// <summary>Opens the listeners of a table. Connections are accepted from <see cref="Start"/> on.</summary>
    /// <param name="table">The routes.</param>
    /// <param name="clusters">Their clusters.</param>
    /// <param name="options">The limits.</param>
    /// <param name="onFault">Called with each fault of the program itself, on the thread of its loop; must not throw. The loops go on, and
    /// <see cref="ProxyAccount.Faults"/> counts it.</param>
    /// <exception cref="SocketException">An address cannot be listened at.</exception>
    public ProxyServer(RoutingTable table, ClusterSet clusters, ProxyOptions options, Action<Exception> onFault)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _shares = new ProxyShares(options);
        for (var number = 0; number < Math.Max(1, options.Loops); number++)
        {
            _workers.Add(new ProxyWorker($"proxy-{number}", number, options, clusters, _shares, onFault));
        }

        _shares.Gate.Loops = _workers;

        try
        {
            Apply(table);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Where it listens, in the order of the table's listeners.</summary>
    public IReadOnlyList<IPEndPoint> Addresses { get; private set; } = [];

    /// <summary>What it has done so far.</summary>
    public ProxyAccount Account => ProxyAccounting.Sum(_workers, _shares);

    /// <summary>Memory that copies hold, in bytes.</summary>
    public long CopyBytes => _shares.Pool.RentedBytes;

    /// <summary>Every shadow endpoint in use, once for each loop that uses it.</summary>
    public IEnumerable<ShadowInbox> Shadows => _workers.SelectMany(worker => worker.Mirrors.Targets).Select(target => target.Inbox);

    internal IReadOnlyList<ProxyWorker> Workers => _workers;

    internal OverloadMonitor Overload => _shares.Overload;

    /// <summary>Begins to accept connections.</summary>
    public void Start()
    {
        _isStarted = true;
        Look(_workers[0]);
        _workers.ForEach(worker => worker.Loop.Start());
    }

    /// <summary>Puts another table in force: requests that begin from now on are looked up in it. Sockets of listeners that are no
    /// longer in it are closed, those that are new are opened. To be called after <see cref="ClusterSet.Apply"/>.</summary>
    /// <returns>Completes when every loop uses the new table.</returns>
    /// <exception cref="SocketException">A new address cannot be listened at; the old table stays in force.</exception>
    /// <exception cref="System.Security.Cryptography.CryptographicException">A certificate cannot be used; the same.</exception>
    public Task ReloadAsync(RoutingTable table)
    {
        ArgumentNullException.ThrowIfNull(table);
        Apply(table);

        // What a loop is given is done in the order it was given in.
        return Task.WhenAll(_workers.Select(worker => OnLoopAsync(worker, static done => done())));
    }

    /// <summary>Forgets what is known of clusters no more; to be called after <see cref="ClusterSet.Undo"/>.</summary>
    public void Refresh() => _workers.ForEach(worker => RunOn(worker, worker.Refresh));

    /// <summary>From now on each response is its connection's last, so that clients go elsewhere with the next; idle connections are
    /// closed soon. New ones are accepted as before.</summary>
    public void SendClientsAway() => _workers.ForEach(worker => RunOn(worker, worker.SendClientsAway));

    /// <summary>Accepts no more connections, lets every request in flight be answered, and every copy; cuts off what is left after the
    /// deadline.</summary>
    /// <param name="deadline">How long that may take.</param>
    public async Task DrainAsync(TimeSpan deadline)
    {
        var primaries = _workers.Select(worker => OnLoopAsync(worker, done => worker.Drain(deadline, done)));
        await Task.WhenAll(primaries).ConfigureAwait(false);
        await Task.WhenAll(Shadows.Select(shadow => shadow.DrainAsync(deadline))).ConfigureAwait(false);
    }

    /// <summary>Stops everything at once.</summary>
    public void Dispose() => _workers.ForEach(worker => worker.Dispose());

    private void Look(ProxyWorker worker) => worker.Loop.Schedule(OverloadMonitor.Interval, _ =>
    {
        _shares.Overload.Look(worker.Loop.Now);
        Look(worker);
    }, null);

    private static Task OnLoopAsync(ProxyWorker worker, Action<Action> start)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!worker.Loop.Post(_ => start(() => done.TrySetResult()), null))
        {
            done.SetResult();
        }

        return done.Task;
    }

    private void Apply(RoutingTable table)
    {
        _options.Inherited.CheckUsed([.. table.Listeners.Select(listener => (ProtocolType.Tcp, listener.Config.Address))]);
        var next = table.Listeners.ToDictionary(listener => listener.Config.Address);
        var tls = table.Listeners.ToDictionary(listener => listener.Config.Address, listener => ServerTls.Read(listener.Config));
        var opened = OpenMissing(table, tls);
        foreach (var gone in _open.Values.Where(open => !next.ContainsKey(open.Address) || opened.ContainsKey(open.Address)).ToList())
        {
            Close(gone);
            _open.Remove(gone.Address);
        }

        foreach (var (address, open) in opened)
        {
            _open.Add(address, open);
        }

        foreach (var (address, open) in _open)
        {
            open.Replace(next[address], tls[address], RunOn);
        }

        Refresh();
        Addresses = [.. table.Listeners.Select(listener => _open[listener.Config.Address].LocalEndPoint)];
    }

    // Opens all or none. One that speaks TLS and did not, or no longer does, is opened beside the old one, which is closed after that.
    private Dictionary<IPEndPoint, OpenListener> OpenMissing(
        RoutingTable table, Dictionary<IPEndPoint, IReadOnlyList<ServerTls>?> tls)
    {
        var opened = new Dictionary<IPEndPoint, OpenListener>();
        try
        {
            foreach (var listener in table.Listeners)
            {
                var address = listener.Config.Address;
                var before = _open.GetValueOrDefault(address);
                if (before is null || before.IsTls != listener.Config.IsTls)
                {
                    var open = new OpenListener(address, before?.LocalEndPoint ?? address, listener.Config.IsTls);
                    opened[address] = open;
                    var inherited = _options.Inherited.Of(ProtocolType.Tcp, address).FirstOrDefault();
                    if (inherited is null)
                    {
                        CheckFree(open, opened.Values);
                    }

                    Open(open, listener, tls[address], inherited);
                }
            }

            return opened;
        }
        catch (Exception exception)
        {
            foreach (var open in opened.Values)
            {
                Close(open);
            }

            if (exception is SocketException fault)
            {
                throw ListenProbe.Explained(opened.Keys.Last(), fault);
            }

            throw;
        }
    }

    // Sockets of our own may share a port on purpose, as those for one address and for all of them do.
    private void CheckFree(OpenListener wanted, IEnumerable<OpenListener> opened)
    {
        var isOurs = _open.Values.Concat(opened)
            .Any(own => own != wanted && ListenProbe.Meet(own.LocalEndPoint, wanted.LocalEndPoint));
        if (!isOurs && !_options.TakesOver)
        {
            ListenProbe.Check(wanted.LocalEndPoint);
        }
    }

    private void Open(OpenListener open, ListenerTable table, IReadOnlyList<ServerTls>? tls, InheritedSocket? inherited)
    {
        foreach (var worker in _workers)
        {
            var listener = new ProxyListener(table, tls);
            RunAndWait(worker, () => worker.Listen(listener, open.LocalEndPoint, inherited));
            open.Add(worker, listener);
        }
    }

    private void Close(OpenListener open) => open.Close(RunOn);

    private void RunOn(ProxyWorker worker, Action action)
    {
        if (_isStarted)
        {
            worker.Loop.Post(static state => ((Action)state!)(), action);
        }
        else
        {
            action();
        }
    }

    private void RunAndWait(ProxyWorker worker, Action action)
    {
        if (!_isStarted)
        {
            action();
            return;
        }

        Exception? fault = null;
        using var done = new ManualResetEventSlim();
        var isPosted = worker.Loop.Post(_ =>
        {
            try
            {
                action();
            }
            catch (Exception exception)
            {
                fault = exception; // whatever it is, it is the caller's
            }
            finally
            {
                done.Set();
            }
        }, null);
        ObjectDisposedException.ThrowIf(!isPosted, this);
        done.Wait();
        if (fault is not null)
        {
            ExceptionDispatchInfo.Throw(fault);
        }
    }
}

using System.Collections.Concurrent;
using System.Net;
using Parallax.Proxy.Configuration.Model;
using Parallax.Proxy.Routing;

namespace Parallax.Proxy.Tests.Routing;

/// <summary>A name that takes long keeps nobody waiting.</summary>
public sealed class NameLookupsTests
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);

    private readonly ClusterSet _clusters = new();
    private readonly ConcurrentDictionary<string, int> _asked = new();
    private readonly TaskCompletionSource<IPAddress[]> _slow = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly NameLookups _names;

    public NameLookupsTests() => _names = new NameLookups(_clusters, Resolve);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task LookUp_OneNameIsSlow_WaitsNoLongerThanItMay_AndTakesItLater()
    {
        _clusters.Apply(ConfigOf("slow.example", "quick.example"));
        Assert.False(await _names.LookUpAsync(TimeSpan.Zero, Stop));
        _slow.SetResult([IPAddress.Parse("10.0.0.9")]);
        await Until(() => AddressesOf("slow.example").SequenceEqual(["10.0.0.9:80"]));
        await Until(() => AddressesOf("quick.example").SequenceEqual(["10.0.0.1:80"]));
    }

    [Fact]
    public async Task LookUp_BehindAnother_WaitsForNewNamesOnly()
    {
        _clusters.Apply(ConfigOf("slow.example"));
        Assert.False(await _names.LookUpAsync(TimeSpan.Zero, Stop));
        await Until(() => _asked.ContainsKey("slow.example"));
        _clusters.Apply(ConfigOf("slow.example", "quick.example"));
        Assert.True(await _names.LookUpAsync(Long, Stop));
        Assert.Equal(["10.0.0.1:80"], AddressesOf("quick.example"));
        Assert.Equal(1, _asked["slow.example"]);
    }

    [Fact]
    public async Task LookUpAgain_WhileANameIsStillSlow_AsksNothing()
    {
        _clusters.Apply(ConfigOf("slow.example", "quick.example"));
        Assert.False(await _names.LookUpAsync(TimeSpan.Zero, Stop));
        await Until(() => _asked.Count == 2);
        await _names.LookUpAgainAsync(Stop);
        _slow.SetResult([IPAddress.Parse("10.0.0.9")]);
        await Until(() => AddressesOf("slow.example").Length == 1);
        Assert.All(_asked.Values, times => Assert.Equal(1, times));
    }

    [Fact]
    public async Task LookUpAgain_AfterAll_AsksForAll()
    {
        _clusters.Apply(ConfigOf("a.example", "b.example"));
        Assert.True(await _names.LookUpAsync(Long, Stop));
        await _names.LookUpAgainAsync(Stop);
        await Until(() => _asked.Values.All(times => times == 2));
    }

    [Fact]
    public async Task LookUpAgain_AfterAFault_TellsItOnceAndGoesOn()
    {
        _clusters.Apply(ConfigOf("slow.example"));
        Assert.False(await _names.LookUpAsync(TimeSpan.Zero, Stop));
        await Until(() => _asked.ContainsKey("slow.example"));
        _slow.SetException(new InvalidOperationException("boom"));
        InvalidOperationException? fault = null;
        await Until(() =>
        {
            var again = _names.LookUpAgainAsync(Stop);
            fault ??= again.Exception?.InnerException as InvalidOperationException;
            return fault is not null && _asked["slow.example"] > 1;
        });
        Assert.Equal("boom", fault!.Message);
    }

    [Fact]
    public async Task LookUpAgain_NameThatFlaps_KeepsTheAddressesKnownBefore()
    {
        var times = 0;
        AddressResolver flapping = (_, _) => ++times % 2 == 0
            ? Task.FromException<IPAddress[]>(new System.Net.Sockets.SocketException(11001))
            : Task.FromResult<IPAddress[]>([IPAddress.Parse($"10.0.0.{times}")]);
        var names = new NameLookups(_clusters, flapping);
        _clusters.Apply(ConfigOf("a.example"));
        Assert.True(await names.LookUpAsync(Long, Stop));
        for (var time = 1; time <= 6; time++)
        {
            var known = time - 1 + (time % 2);
            Assert.Equal([$"10.0.0.{known}:80"], AddressesOf("a.example"));
            Assert.True(await names.LookUpAsync(Long, Stop));
        }
    }

    [Fact]
    public async Task LookUp_ManySlowNames_AsksForAFewAtATime()
    {
        _clusters.Apply(ConfigOf([.. Enumerable.Range(0, 50).Select(number => $"slow.{number}.example")]));
        Assert.False(await _names.LookUpAsync(TimeSpan.FromMilliseconds(50), Stop));
        Assert.InRange(_asked.Count, 0, 8);
        _slow.SetResult([IPAddress.Parse("10.0.0.9")]);
        await Until(() => _asked.Count == 50);
    }

    [Fact]
    public async Task LookUp_NoNameAtAll_IsNotFoundAndHarmsNoOther()
    {
        var tooLong = string.Join('.', Enumerable.Repeat(new string('b', 60), 5));
        _clusters.Apply(ConfigOf(tooLong, "127.0.0.1"));
        Assert.True(await new NameLookups(_clusters, Dns.GetHostAddressesAsync).LookUpAsync(Long, Stop));
        Assert.Empty(AddressesOf(tooLong));
        Assert.Equal(["127.0.0.1:80"], AddressesOf("127.0.0.1"));
    }

    private static ProxyConfig ConfigOf(params string[] hosts) =>
        new() { Listeners = [], Clusters = [.. hosts.Select(host => Tables.Cluster(host, host))] };

    private static async Task Until(Func<bool> isSo)
    {
        using var patience = new CancellationTokenSource(Long);
        while (!isSo())
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private Task<IPAddress[]> Resolve(string host, CancellationToken cancellationToken)
    {
        _asked.AddOrUpdate(host, 1, (_, times) => times + 1);
        return host.StartsWith("slow", StringComparison.Ordinal) ? _slow.Task : Task.FromResult<IPAddress[]>([IPAddress.Parse("10.0.0.1")]);
    }

    private string[] AddressesOf(string host) => [.. _clusters.Find(host)!.Endpoints.Select(endpoint => endpoint.Address.ToString())];
}

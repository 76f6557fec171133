using System.Globalization;
using System.Text;

namespace Parallax.Proxy.Tests.Forwarding;

/// <summary>Exchanges at random, through the proxy and without it: the client sees the same, octet for octet but for the headers that say
/// how one connection is used.</summary>
/// <remarks>PARALLAX_RANDOM_EXCHANGES sets how many (300 by default), PARALLAX_RANDOM_SEED which.</remarks>
public sealed class RandomExchangesTests
{
    private static readonly int Exchanges = Setting("PARALLAX_RANDOM_EXCHANGES", 300);
    private static readonly int Seed = Setting("PARALLAX_RANDOM_SEED", 11);

    [Theory]
    [MemberData(nameof(ProxyRig.Loops), MemberType = typeof(ProxyRig))]
    public async Task RandomExchanges_AreWhatADirectRunGives(LoopKind kind)
    {
        using var primary = new TestServer(RandomExchange.ServeAsync);
        using var shadow = new Recorder();
        await using var rig = new ProxyRig(kind, primary.Address, shadow.Address);
        var direct = await RunAsync(() => Wire.ConnectAsync(primary.Address));
        var proxied = await RunAsync(rig.ConnectAsync);
        Assert.Equal(direct, proxied);
        await shadow.NextAsync(Exchanges);
        Assert.Equal(Exchanges, rig.Account.Mirrors[0].Offered);
    }

    private static int Setting(string name, int byDefault) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : byDefault;

    private static async Task<List<string>> RunAsync(Func<Task<Wire>> connect)
    {
        var random = new Random(Seed);
        var seen = new List<string>();
        Wire? wire = null;
        while (seen.Count < Exchanges)
        {
            wire ??= await connect();

            // Several at once are sent only where all will be answered; the last of a connection may be followed by our end.
            var count = Math.Min(random.Next(4) == 0 ? random.Next(2, 6) : 1, Exchanges - seen.Count);
            var requests = Enumerable.Range(seen.Count, count)
                .Select(number => RandomExchange.Next(random, number, mayClose: count == 1)).ToList();
            await WriteInPiecesAsync(wire, [.. requests.SelectMany(request => request.Octets)], random);
            var isLast = random.Next(20) == 0;
            if (isLast)
            {
                wire.End();
            }

            foreach (var request in requests)
            {
                var (response, text) = await ReadAsync(wire, request.IsHead);
                seen.Add($"{seen.Count} {text}");
                isLast |= response["connection"] == "close";
            }

            if (isLast)
            {
                Assert.True(await wire.IsAtEndAsync());
                wire.Dispose();
                wire = null;
            }
        }

        wire?.Dispose();
        return seen;
    }

    private static async Task WriteInPiecesAsync(Wire wire, byte[] octets, Random random)
    {
        for (var at = 0; at < octets.Length;)
        {
            var length = Math.Min(octets.Length - at, random.Next(4) == 0 ? random.Next(1, 2000) : octets.Length);
            await wire.WriteAsync(octets[at..(at + length)]);
            at += length;
        }
    }

    // The final response, and everything that was seen of it and of those before it.
    private static async Task<(RawMessage Response, string Text)> ReadAsync(Wire wire, bool isHead)
    {
        var text = new StringBuilder();
        while (true)
        {
            var response = (await wire.ReadAsync(isHead))!;
            var lines = response.Head.Split("\r\n").Where(line => !line.StartsWith("Connection:", StringComparison.OrdinalIgnoreCase));
            text.Append(string.Join('|', lines)).Append(Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(response.Body)));
            if (response.Status >= 200)
            {
                return (response, text.ToString());
            }
        }
    }
}

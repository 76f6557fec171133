using System.Globalization;
using System.Text;
using Parallax.Proxy.Tests.Copies;
using Parallax.Proxy.Tests.Serving;
using Parallax.TestKit;

namespace Parallax.Proxy.Tests.Primary;

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
        await using var rig = new ProxyRig(
            kind, primary.Address, shadow.Address, options: options => options with { AllowsHalfClose = true });
        var (direct, _) = await RunAsync(() => TestWire.ConnectAsync(primary.Address));
        var (proxied, sent) = await RunAsync(rig.ConnectAsync);
        Assert.Equal(direct, proxied);
        await shadow.NextAsync(sent.Count(exchange => !exchange.AsksForTunnel && !exchange.IsGivenUp));
        var mirror = rig.Account.Mirrors[0];
        Assert.Equal(sent.Count(exchange => exchange.AsksForTunnel), mirror.Dropped[(int)Traffic.Queues.DropReason.Tunnel]);
        Assert.Equal(Exchanges, mirror.Offered + mirror.Dropped.Sum());
    }

    private static int Setting(string name, int byDefault) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : byDefault;

    private static async Task<(List<string> Seen, List<RandomExchange> Sent)> RunAsync(Func<Task<TestWire>> connect)
    {
        var random = new Random(Seed);
        var seen = new List<string>();
        var sent = new List<RandomExchange>();
        TestWire? wire = null;
        while (seen.Count < Exchanges)
        {
            wire ??= await connect();

            // Several at once are sent only where all will be answered; the last of a connection may be followed by our end.
            var count = Math.Min(random.Next(4) == 0 ? random.Next(2, 6) : 1, Exchanges - seen.Count);
            var requests = Enumerable.Range(seen.Count, count)
                .Select(number => RandomExchange.Next(random, number, isLast: number == seen.Count + count - 1)).ToList();
            sent.AddRange(requests);
            if (await RunAsync(wire, requests, seen, random))
            {
                Assert.True(await wire.IsAtEndAsync());
                wire.Dispose();
                wire = null;
            }
        }

        wire?.Dispose();
        return (seen, sent);
    }

    // True when the connection ends with these.
    private static async Task<bool> RunAsync(TestWire wire, List<RandomExchange> requests, List<string> seen, Random random)
    {
        // All is drawn before anything is answered: whether the rest is wanted is another matter with a proxy than without.
        var last = requests[^1];
        var tunnel = last.Tunnel;
        byte[] first =
        [
            .. requests.SkipLast(1).SelectMany(request => request.Octets),
            .. last.Octets[..last.FirstOctets],
            .. tunnel?.Octets[..tunnel.FirstOctets] ?? [],
        ];
        var firstPieces = Pieces(first, random);
        var restPieces = Pieces(tunnel?.Octets[tunnel.FirstOctets..] ?? last.Octets[last.FirstOctets..], random);
        var hasEnded = random.Next(20) == 0 && restPieces.Count == 0;
        var writing = WriteAsync(wire, firstPieces, hasEnded);
        var isOver = hasEnded;
        foreach (var request in requests.Where(request => request.Tunnel is null))
        {
            var (response, text) = await ReadAsync(wire, request.IsHead);
            seen.Add($"{seen.Count} {text}");
            isOver |= response["connection"] == "close";
        }

        if (tunnel is not null)
        {
            seen.Add($"{seen.Count} {await tunnel.RunAsync(wire, restPieces, hasEnded)}");
            isOver = true;
        }
        else if (!isOver)
        {
            await WriteAsync(wire, restPieces, isLast: false);
        }

        await writing;
        return isOver;
    }

    private static List<byte[]> Pieces(byte[] octets, Random random)
    {
        var pieces = new List<byte[]>();
        for (var at = 0; at < octets.Length; at += pieces[^1].Length)
        {
            pieces.Add(octets[at..(at + Math.Min(octets.Length - at, random.Next(4) == 0 ? random.Next(1, 2000) : octets.Length))]);
        }

        return pieces;
    }

    private static async Task WriteAsync(TestWire wire, List<byte[]> pieces, bool isLast)
    {
        foreach (var piece in pieces)
        {
            await wire.WriteAsync(piece);
        }

        if (isLast)
        {
            wire.End();
        }
    }

    // The final response, and everything that was seen of it and of those before it.
    private static async Task<(RawMessage Response, string Text)> ReadAsync(TestWire wire, bool isHead)
    {
        var text = new StringBuilder();
        while (true)
        {
            var response = (await wire.ReadAsync(isHead))!;
            var digest = Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(response.Body));
            text.Append(RandomExchange.Shown(response.Head)).Append(digest);
            if (response.Status >= 200)
            {
                return (response, text.ToString());
            }
        }
    }
}

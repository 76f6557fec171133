using System.Globalization;
using Parallax.Capture.Pipeline;
using Parallax.Capture.Sources;
using Parallax.TestKit;
using Parallax.Traffic.Exchanges;
using Parallax.Wire;
using Parallax.Wire.Packets;

namespace Parallax.Capture.Tests.Hardening;

/// <summary>Whatever a packet says, the shard goes on: spoilt packets among right ones, through the whole pipeline.</summary>
public sealed class HostilePacketTests
{
    private const int InTheSuite = 200_000;
    private const int PerShard = 20_000;
    private static readonly LinkType[] Links = Enum.GetValues<LinkType>();
    private static readonly string Corpus = Path.Combine(RealData.Root, "testdata", "corpus", "packets");

    /// <summary>PARALLAX_FUZZ=10000000 tries so many instead; what is found is written into the corpus.</summary>
    [Fact]
    public void OnPacket_SpoiltPackets_NeverThrows()
    {
        var named = Environment.GetEnvironmentVariable("PARALLAX_FUZZ");
        var count = named is null ? InTheSuite : int.Parse(named, CultureInfo.InvariantCulture);
        for (var done = 0; done < count; done += PerShard)
        {
            Fuzz(seed: done / PerShard, PerShard);
        }
    }

    [Fact]
    public void OnPacket_PacketsThatOnceBrokeSomething_DoNotAnyMore()
    {
        var (shard, pool) = NewShard();
        foreach (var path in Directory.EnumerateFiles(Corpus).Order())
        {
            // What stands before the first dash is how it was handed in.
            var name = Path.GetFileName(path).Split('-')[0];
            var kind = name switch { "vxlan" => -1, "geneve" => -2, _ => Array.IndexOf(Links, Enum.Parse<LinkType>(name)) };
            HandIn(shard, File.ReadAllBytes(path), kind, new(1_700_000_000_000_000_000));
        }

        shard.Finish();
        Assert.Equal(0, pool.RentedBytes);
    }

    private static void Fuzz(int seed, int count)
    {
        var random = new Random(seed);
        var (shard, pool) = NewShard();
        var packets = Packets(KeepAliveTraffic.Write(seed, 8, seed % 2 == 0 ? FlowEndpoints.Numbered : FlowEndpoints.Numbered6, vni: 7));
        var time = 1_700_000_000_000_000_000;
        for (var i = 0; i < count; i++)
        {
            var (kind, octets) = packets[i % packets.Count];
            time += random.Next(200) == 0 ? random.NextInt64(-10_000_000_000, 10_000_000_000) : random.Next(1_000_000);
            octets = random.Next(8) == 0 ? octets : Mutation.Of(octets, packets[random.Next(packets.Count)].Octets, random);
            kind = random.Next(50) == 0 ? random.Next(-2, Links.Length) : kind;
            Try(shard, octets, kind, new(random.Next(5_000) == 0 ? random.NextInt64(long.MinValue, long.MaxValue) : time), seed, i);
        }

        shard.Finish();
        Assert.Equal(0, pool.RentedBytes);
        Assert.Equal(0, shard.Flows.HeldBytes);
        Assert.Equal(0, shard.Flows.Flows);
        Assert.Equal(count, shard.Packets);
        Assert.True(shard.Extraction.Exchanges > 0, "nothing got through to the extraction");
    }

    private static void Try(CaptureShard shard, byte[] octets, int kind, Timestamp time, int seed, int number)
    {
        try
        {
            HandIn(shard, octets, kind, time);
        }
        catch
        {
            Directory.CreateDirectory(Corpus);
            var name = kind switch { -1 => "vxlan", -2 => "geneve", _ => Links[kind].ToString() };
            File.WriteAllBytes(Path.Combine(Corpus, $"{name}-{seed}-{number}.bin"), octets);
            throw;
        }
    }

    /// <param name="shard">Takes the packet.</param>
    /// <param name="octets">The packet.</param>
    /// <param name="kind">The place of its link type; −1 for a VXLAN datagram, −2 for a GENEVE datagram.</param>
    /// <param name="time">When it is seen.</param>
    private static void HandIn(CaptureShard shard, byte[] octets, int kind, Timestamp time)
    {
        if (kind >= 0)
        {
            var original = (octets.Length % 7) switch { 0 => int.MaxValue, 1 => octets.Length + 100, 2 => 0, _ => octets.Length };
            shard.OnPacket(octets, Links[kind], original, time);
        }
        else
        {
            shard.OnDatagram(octets, kind == -1 ? Tunnel.Vxlan : Tunnel.Geneve, NetworkAddress.FromIPv4((uint)octets.Length), time);
        }
    }

    private static (CaptureShard Shard, OctetPool Pool) NewShard()
    {
        var pool = new OctetPool(4 << 20);
        var flows = new Wire.Flows.FlowLimits { MaxFlows = 500, MaxHeldBytes = 1 << 20, MaxHeldBytesPerHalf = 1 << 18 };
        return (Shards.New(new ExchangeRecorder(), new() { Flows = flows, Extraction = new() { MaxBodyBytes = 4_096 } }, pool), pool);
    }

    /// <summary>The same traffic in every wrapping, and what tells how it is handed in.</summary>
    private static List<(int Kind, byte[] Octets)> Packets(KeepAliveTraffic traffic)
    {
        var packets = new List<(int, byte[])>();
        var ethernet = Array.IndexOf(Links, LinkType.Ethernet);
        foreach (var (segment, n) in traffic.Segments.Select((segment, n) => (segment, n)))
        {
            var tagged = segment with { Vlans = n % 3 == 0 ? 0x1007u : n % 3 == 1 ? 0x100_7008u : 0 };
            packets.AddRange((n % 7) switch
            {
                0 => [(-1, Encode.Vxlan(7, Encode.Ethernet(segment)))],
                1 => [(-2, Encode.Geneve(7, Encode.Ethernet(segment), options: 8))],
                2 => [(ethernet, Encode.Ethernet(tagged))],
                3 => [(ethernet, Encode.Underlay(4789, Encode.Vxlan(7, Encode.Ethernet(segment))))],
                4 => [(-2, Encode.Geneve(7, Encode.Underlay(4789, Encode.Vxlan(7, Encode.Ethernet(segment)))))],
                5 => [.. Encode.IpFragments(segment, 64, (ushort)n).Select(ip => (ethernet, Encode.Ethernet(segment, ip)))],
                _ => [(ethernet, Encode.Ethernet(segment))],
            });
        }

        return packets;
    }
}

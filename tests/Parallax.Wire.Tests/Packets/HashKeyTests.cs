using Parallax.Wire.Flows;
using Parallax.Wire.Packets;

namespace Parallax.Wire.Tests.Packets;

/// <summary>Keys that strangers choose so that they should fall together.</summary>
public sealed class HashKeyTests
{
    private const int Keys = 4096;

    private static readonly NetworkAddress Server = new(0xFD00_0000_0000_0000, 1);

    /// <summary>Half-products that are zero were the way to cancel what follows; with secrets there is no such number.</summary>
    [Theory]
    [InlineData(0xA076_1D64_78BD_642F)]
    [InlineData(0xE703_7ED1_A0B4_28DB)]
    [InlineData(0)]
    [InlineData(ulong.MaxValue)]
    public void FlowKeys_OfOneNetwork_Spread(ulong network) => AssertSpread(
        at => new FlowKey(new(network, (ulong)at), 40_000, Server, 80, 0).GetHashCode());

    [Fact]
    public void FlowKeys_ThatDifferInPortsOrVlans_Spread() => AssertSpread(
        at => new FlowKey(Server, (ushort)at, Server, 80, 0).GetHashCode(),
        at => new FlowKey(Server, 80, Server, (ushort)at, 0).GetHashCode(),
        at => new FlowKey(Server, 80, Server, 80, (uint)at << 16).GetHashCode());

    [Fact]
    public void Addresses_WhoseHalvesCancel_Spread() => AssertSpread(
        at => new NetworkAddress((ulong)at, (ulong)at).GetHashCode(),
        at => NetworkAddress.FromIPv4((uint)at << 20).GetHashCode());

    [Fact]
    public void Fragments_WhoseFieldsCancel_Spread() => AssertSpread(
        at => new FragmentKey(Server, Server, (uint)at, 0, unchecked((uint)-at), at).GetHashCode(),
        at => new FragmentKey(Server, Server, (uint)at << 20, 6, 0, 0).GetHashCode());

    [Fact]
    public void Numbers_WhoseHalvesCancelOrThatShareAFactor_Spread() => AssertSpread(
        at => KeyedNumbers.Comparer.GetHashCode(((long)at << 32) | (uint)at),
        at => KeyedNumbers.Comparer.GetHashCode((uint)at * 1_103),
        at => KeyedNumbers.Comparer.GetHashCode(at * 1_103));

    [Fact]
    public void Keys_OfTwoRuns_AreOthers() => Assert.NotEqual(HashKey.NewRandom(), HashKey.NewRandom());

    // Of 4,096 keys in as many buckets, about 2,589 buckets are used when it is by chance.
    private static void AssertSpread(params Func<int, int>[] hashes) => Assert.All(hashes, hash =>
        Assert.InRange(Enumerable.Range(1, Keys).Select(at => hash(at) & (Keys - 1)).Distinct().Count(), 2_400, Keys));
}

using System.Net;
using System.Net.Sockets;
using Parallax.Wire.Packets;

namespace Parallax.Capture.Sources;

/// <summary>The networks whose datagrams a <see cref="TunnelReceiver"/> takes; those of other senders are not even looked into.</summary>
/// <remarks>An address in a datagram can be forged: it narrows who is let in, and does not replace a firewall. Thread safety:
/// immutable; <see cref="Allows"/> allocates nothing.</remarks>
public sealed class SenderFilter
{
    private const int IPv4Bits = 32;
    private const int Bits = 128;

    private readonly Block[] _blocks;

    private SenderFilter(Block[] blocks) => _blocks = blocks;

    private readonly record struct Block(NetworkAddress Network, ulong MaskHigh, ulong MaskLow);

    /// <summary>Reads networks, for example 10.0.0.0/8 or fd00::/8; an address alone is one sender. An IPv4 network may also be written in
    /// its mapped form, ::ffff:10.0.0.0/104.</summary>
    /// <param name="networks">At least one.</param>
    /// <param name="filter">The filter; null when a network is none.</param>
    /// <param name="wrong">The first that is none; otherwise empty.</param>
    public static bool TryParse(IEnumerable<string> networks, out SenderFilter? filter, out string wrong)
    {
        ArgumentNullException.ThrowIfNull(networks);
        (filter, wrong) = (null, "");
        var blocks = new List<Block>();
        foreach (var text in networks)
        {
            if (!TryParse(text, out var block))
            {
                wrong = text;
                return false;
            }

            blocks.Add(block);
        }

        filter = new([.. blocks]);
        return true;
    }

    /// <summary>Whether datagrams of <paramref name="sender"/> are taken.</summary>
    public bool Allows(NetworkAddress sender)
    {
        foreach (var block in _blocks)
        {
            // Every IPv6 address is not every address.
            if (sender.IsIPv4 == block.Network.IsIPv4
                && ((sender.High ^ block.Network.High) & block.MaskHigh) == 0
                && ((sender.Low ^ block.Network.Low) & block.MaskLow) == 0)
            {
                return true;
            }
        }

        return false;
    }

    private static bool TryParse(string text, out Block block)
    {
        block = default;
        if (!IPNetwork.TryParse(text, out var network))
        {
            if (!IPAddress.TryParse(text, out var address))
            {
                return false;
            }

            network = new(address, address.AddressFamily == AddressFamily.InterNetwork ? IPv4Bits : Bits);
        }

        // IPv4 addresses stand in the last 32 of 128 bits, the mapped ones too.
        var offset = network.BaseAddress.AddressFamily == AddressFamily.InterNetwork ? Bits - IPv4Bits : 0;
        var length = network.PrefixLength + offset;
        if (network.BaseAddress.IsIPv4MappedToIPv6 && length < Bits - IPv4Bits)
        {
            return false;
        }

        block = new(NetworkAddress.From(network.BaseAddress), Mask(length), Mask(length - 64));
        return true;
    }

    private static ulong Mask(int length) => length <= 0 ? 0 : length >= 64 ? ulong.MaxValue : ulong.MaxValue << (64 - length);
}

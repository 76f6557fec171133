using System.Buffers;
using System.Buffers.Text;
using System.Net;
using Parallax.Wire.Packets;

namespace Parallax.Wire.ProxyProtocol;

/// <summary>Version 1 of the PROXY protocol: a line of text (proxy-protocol.txt §2.1).</summary>
internal static class ProxyHeaderV1
{
    //  PROXY TCP4 198.51.100.7 10.0.0.2 51234 80 CR LF
    //  PROXY TCP6 2001:db8::7 2001:db8::2 51234 80 CR LF
    //  PROXY UNKNOWN [anything] CR LF

    /// <summary>The longest line, CR LF included (§2.1).</summary>
    public const int MaxLength = 107;

    private const int Fields = 4;

    private static readonly SearchValues<byte> AddressOctets = SearchValues.Create("0123456789abcdefABCDEF.:"u8);

    public static ProxyHeaderStatus TryRead(ReadOnlySpan<byte> octets, out ProxyHeader header, out int length)
    {
        header = default;
        length = 0;
        var isKnown = RecogniseKeyword(octets, out var keyword);
        if (isKnown != ProxyHeaderStatus.Read)
        {
            return isKnown;
        }

        var end = octets[..Math.Min(octets.Length, MaxLength)].IndexOf("\r\n"u8);
        if (end < 0)
        {
            return octets.Length < MaxLength ? ProxyHeaderStatus.NeedMore : ProxyHeaderStatus.Malformed;
        }

        if (!TryReadRest(octets[keyword.Length..end], keyword, out header))
        {
            return ProxyHeaderStatus.Malformed;
        }

        length = end + 2;
        return ProxyHeaderStatus.Read;
    }

    // PROXY alone would not do: it is a token, and so could be a method.
    private static ProxyHeaderStatus RecogniseKeyword(ReadOnlySpan<byte> octets, out ReadOnlySpan<byte> keyword)
    {
        keyword = "PROXY TCP4 "u8;
        var status = Signature.Recognise(octets, keyword);
        if (status == ProxyHeaderStatus.Absent)
        {
            keyword = "PROXY TCP6 "u8;
            status = Signature.Recognise(octets, keyword);
        }

        if (status == ProxyHeaderStatus.Absent)
        {
            keyword = "PROXY UNKNOWN"u8;
            status = Signature.Recognise(octets, keyword);
        }

        return status;
    }

    private static bool TryReadRest(ReadOnlySpan<byte> rest, ReadOnlySpan<byte> keyword, out ProxyHeader header)
    {
        header = default;
        if (keyword.SequenceEqual("PROXY UNKNOWN"u8))
        {
            return rest.IsEmpty || rest[0] == (byte)' ';
        }

        var isIPv4 = keyword.SequenceEqual("PROXY TCP4 "u8);
        Span<Range> fields = stackalloc Range[Fields + 1];
        if (Split(rest, fields) != Fields
            || !TryReadAddress(rest[fields[0]], isIPv4, out var source)
            || !TryReadAddress(rest[fields[1]], isIPv4, out var destination)
            || !TryReadPort(rest[fields[2]], out var sourcePort)
            || !TryReadPort(rest[fields[3]], out var destinationPort))
        {
            return false;
        }

        header = new ProxyHeader(source, sourcePort, destination, destinationPort, HasAddresses: true);
        return true;
    }

    private static int Split(ReadOnlySpan<byte> text, Span<Range> fields)
    {
        var count = 0;
        foreach (var field in text.Split((byte)' '))
        {
            if (count == fields.Length)
            {
                break;
            }

            fields[count++] = field;
        }

        return count;
    }

    // The BCL also reads 0x7f.1, 10.1 and fe80::1%eth0, which are not addresses here.
    private static bool TryReadAddress(ReadOnlySpan<byte> text, bool isIPv4, out NetworkAddress address)
    {
        address = default;
        if (text.ContainsAnyExcept(AddressOctets)
            || text.Contains((byte)':') == isIPv4
            || (isIPv4 && text.Count((byte)'.') != 3)
            || !IPAddress.TryParse(text, out var parsed))
        {
            return false;
        }

        address = NetworkAddress.From(parsed);
        return true;
    }

    private static bool TryReadPort(ReadOnlySpan<byte> text, out ushort port) =>
        Utf8Parser.TryParse(text, out port, out var read)
        && read == text.Length
        && (text.Length == 1 || text[0] is >= (byte)'1' and <= (byte)'9');
}

namespace Parallax.Wire.Http1;

/// <summary>A host with perhaps a port, as Host and targets have it.</summary>
internal static class HostValue
{
    //  uri-host [ ":" port ]     of the host and port of RFC 3986 §3.2, without user information

    /// <summary>True when all readers find the same host in it: what follows its colon is a port. An IPv6 address without brackets, which
    /// is not allowed but seen, has colons and no port.</summary>
    public static bool IsClear(ReadOnlySpan<byte> value)
    {
        if (value.ContainsAnyExcept(HttpOctets.Host))
        {
            return false;
        }

        var bracket = value.LastIndexOf((byte)']');
        var colon = value.IndexOf((byte)':');
        if (bracket >= 0)
        {
            return value[0] == (byte)'[' && (bracket + 1 == value.Length || IsPort(value[(bracket + 1)..]));
        }

        return colon < 0 || IsPort(value[colon..]) || IsAddress(value);
    }

    // The port may be empty (RFC 3986 §3.2.3).
    private static bool IsPort(ReadOnlySpan<byte> value) =>
        value[0] == (byte)':' && !value[1..].ContainsAnyExceptInRange((byte)'0', (byte)'9');

    // Eight groups, or fewer with the zeros left out.
    private static bool IsAddress(ReadOnlySpan<byte> value)
    {
        if (value.Count((byte)':') != 7 && value.IndexOf("::"u8) < 0)
        {
            return false;
        }

        foreach (var octet in value)
        {
            if (octet is not ((byte)':' or (byte)'.') && !char.IsAsciiHexDigit((char)octet))
            {
                return false;
            }
        }

        return true;
    }
}

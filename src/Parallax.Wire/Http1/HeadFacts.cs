using System.Text;

namespace Parallax.Wire.Http1;

/// <summary>Gathers from a head's fields what decides about framing and connection.</summary>
internal static class HeadFacts
{
    internal static Http1Error Gather(ReadOnlySpan<byte> octets, Http1Policy policy, MessageHead head)
    {
        var connection = ConnectionOptions.None;
        var hosts = 0;
        for (var i = 0; i < head.FieldCount; i++)
        {
            var field = head[i];
            var name = field.Name.Of(octets);
            var error = Http1Error.None;
            switch (name.Length)
            {
                case 4 when Ascii.EqualsIgnoreCase(name, "Host"u8):
                    head.Host = hosts++ == 0 ? field.Value : head.Host;
                    break;
                case 6 when Ascii.EqualsIgnoreCase(name, "Expect"u8):
                    head.ExpectsContinue |= Ascii.EqualsIgnoreCase(field.Value.Of(octets), "100-continue"u8);
                    break;
                case 7 when Ascii.EqualsIgnoreCase(name, "Upgrade"u8):
                    head.HasUpgrade = true;
                    break;
                case 10 when Ascii.EqualsIgnoreCase(name, "Connection"u8):
                    connection |= Connection.Read(field.Value.Of(octets));
                    break;
                case 14 when Ascii.EqualsIgnoreCase(name, "Content-Length"u8):
                    error = BodyLengthFields.ReadContentLength(field.Value.Of(octets), policy, head);
                    break;
                case 17 when Ascii.EqualsIgnoreCase(name, "Transfer-Encoding"u8):
                    BodyLengthFields.ReadTransferEncoding(field.Value.Of(octets), head);
                    break;
            }

            if (error != Http1Error.None)
            {
                return error;
            }
        }

        head.HasUpgrade &= (connection & ConnectionOptions.Upgrade) != 0;
        head.KeepAlive = (connection & ConnectionOptions.Close) == 0
            && (head.VersionMinor >= 1 || (connection & ConnectionOptions.KeepAlive) != 0);
        return policy.RequiresHost && head.Kind == MessageKind.Request ? CheckHost(octets, head, hosts) : Http1Error.None;
    }

    private static Http1Error CheckHost(ReadOnlySpan<byte> octets, MessageHead head, int hosts) => hosts switch
    {
        0 => head.VersionMinor == 0 ? Http1Error.None : Http1Error.MissingHost,
        1 => head.Host.Of(octets).ContainsAnyExcept(HttpOctets.Host) ? Http1Error.InvalidHost : Http1Error.None,
        _ => Http1Error.DuplicateHost,
    };
}

/// <summary>The members of Connection that matter here.</summary>
[Flags]
internal enum ConnectionOptions
{
    None = 0,
    Close = 1,
    KeepAlive = 2,
    Upgrade = 4,
}

/// <summary>Reads Connection (RFC 9110 §7.6.1).</summary>
internal static class Connection
{
    internal static ConnectionOptions Read(ReadOnlySpan<byte> value)
    {
        var found = ConnectionOptions.None;
        while (ListReader.TryTake(ref value, out var member))
        {
            found |= member.Length switch
            {
                5 when Ascii.EqualsIgnoreCase(member, "close"u8) => ConnectionOptions.Close,
                7 when Ascii.EqualsIgnoreCase(member, "upgrade"u8) => ConnectionOptions.Upgrade,
                10 when Ascii.EqualsIgnoreCase(member, "keep-alive"u8) => ConnectionOptions.KeepAlive,
                _ => ConnectionOptions.None,
            };
        }

        return found;
    }
}

/// <summary>Takes a comma-separated list apart (RFC 9110 §5.6.1), line ends of folds counted as whitespace.</summary>
internal static class ListReader
{
    /// <summary>Takes the next member off <paramref name="list"/>, trimmed and possibly empty; false at the end.</summary>
    internal static bool TryTake(ref ReadOnlySpan<byte> list, out ReadOnlySpan<byte> member)
    {
        member = default;
        if (list.IsEmpty)
        {
            return false;
        }

        var comma = list.IndexOf((byte)',');
        member = (comma < 0 ? list : list[..comma]).Trim(" \t\r\n"u8);
        list = comma < 0 ? default : list[(comma + 1)..];
        return true;
    }
}

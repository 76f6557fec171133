using System.Text;

namespace Parallax.Wire.Http1;

/// <summary>Gathers from a head's fields what decides about framing and connection.</summary>
internal static class HeadFacts
{
    internal static Http1Error Gather(ReadOnlySpan<byte> octets, Http1Policy policy, MessageHead head)
    {
        var connection = ConnectionOptions.None;
        var hosts = 0;
        foreach (ref readonly var field in head.Fields)
        {
            var name = field.Name.Of(octets);
            var error = Http1Error.None;

            // The first letter tells almost all others of the same length from the few that matter.
            switch (name.Length, name.IsEmpty ? 0 : name[0] | 0x20)
            {
                case (4, 'h') when Ascii.EqualsIgnoreCase(name, "Host"u8):
                    head.Host = hosts++ == 0 ? field.Value : head.Host;
                    break;
                case (6, 'e') when Ascii.EqualsIgnoreCase(name, "Expect"u8):
                    head.ExpectsContinue |= Ascii.EqualsIgnoreCase(field.Value.Of(octets), "100-continue"u8);
                    break;
                case (7, 'u') when Ascii.EqualsIgnoreCase(name, "Upgrade"u8):
                    head.HasUpgrade = true;
                    break;
                case (10, 'k') when Ascii.EqualsIgnoreCase(name, "Keep-Alive"u8):
                    head.KeepAliveSeconds = KeepAliveHint.SecondsOf(field.Value.Of(octets));
                    break;
                case (10, 'c') when Ascii.EqualsIgnoreCase(name, "Connection"u8):
                    connection |= Connection.Read(field.Value.Of(octets));
                    break;
                case (14, 'c') when Ascii.EqualsIgnoreCase(name, "Content-Length"u8):
                    error = BodyLengthFields.ReadContentLength(field.Value.Of(octets), policy, head);
                    break;
                case (17, 't') when Ascii.EqualsIgnoreCase(name, "Transfer-Encoding"u8):
                    BodyLengthFields.ReadTransferEncoding(field.Value.Of(octets), policy, head);
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
        1 => HostValue.IsClear(head.Host.Of(octets)) ? Http1Error.None : Http1Error.InvalidHost,
        _ => Http1Error.DuplicateHost,
    };
}

using System.Text;

namespace Parallax.Wire.Http1;

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

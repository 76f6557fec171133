using System.Text;

namespace Parallax.Traffic.Matching;

/// <summary>The headers a <see cref="HeadRewriter"/> looks at.</summary>
internal enum FieldName : byte
{
    Other,
    Host,
    Expect,
    Upgrade,
    Connection,
    Http2Settings,
    ForwardedFor,
}

/// <summary>Tells them by their names.</summary>
internal static class FieldNames
{
    /// <summary>Which header the name means, in any case. The length decides about nearly all others.</summary>
    public static FieldName Of(ReadOnlySpan<byte> name) => name.Length switch
    {
        4 when Ascii.EqualsIgnoreCase(name, "host"u8) => FieldName.Host,
        6 when Ascii.EqualsIgnoreCase(name, "expect"u8) => FieldName.Expect,
        7 when Ascii.EqualsIgnoreCase(name, "upgrade"u8) => FieldName.Upgrade,
        10 when Ascii.EqualsIgnoreCase(name, "connection"u8) => FieldName.Connection,
        14 when Ascii.EqualsIgnoreCase(name, "http2-settings"u8) => FieldName.Http2Settings,
        15 when Ascii.EqualsIgnoreCase(name, "x-forwarded-for"u8) => FieldName.ForwardedFor,
        _ => FieldName.Other,
    };
}

using System.Text;

namespace Parallax.Traffic.Rewriting;

/// <summary>The headers a <see cref="HeadRewriter"/> looks at.</summary>
internal enum FieldName : byte
{
    Other,
    TransferCodings,
    Host,
    Expect,
    Upgrade,
    Connection,
    KeepAlive,
    RequestId,
    Http2Settings,
    ForwardedFor,
    ProxyConnection,
    ForwardedProto,
    Envoy,
    ClientCertificate,
    ShadowMark,
    ShadowProof,
    TransferEncoding,
    ContentLength,
}

/// <summary>Tells them by their names.</summary>
internal static class FieldNames
{
    /// <summary>True for what a client says of itself and only a proxy may say; but for the scheme it is taken off.</summary>
    public static bool IsClaim(FieldName name) => name is FieldName.Envoy or FieldName.ClientCertificate or FieldName.ForwardedProto
        or FieldName.ShadowMark or FieldName.ShadowProof;

    /// <summary>Which header the name means, in any case; <see cref="FieldName.Envoy"/> is all of <c>x-envoy-*</c>. The length decides
    /// about nearly all others.</summary>
    public static FieldName Of(ReadOnlySpan<byte> name) => name.Length switch
    {
        2 when Ascii.EqualsIgnoreCase(name, "te"u8) => FieldName.TransferCodings,
        4 when Ascii.EqualsIgnoreCase(name, "host"u8) => FieldName.Host,
        6 when Ascii.EqualsIgnoreCase(name, "expect"u8) => FieldName.Expect,
        7 when Ascii.EqualsIgnoreCase(name, "upgrade"u8) => FieldName.Upgrade,
        10 when Ascii.EqualsIgnoreCase(name, "connection"u8) => FieldName.Connection,
        10 when Ascii.EqualsIgnoreCase(name, "keep-alive"u8) => FieldName.KeepAlive,
        12 when Ascii.EqualsIgnoreCase(name, "x-request-id"u8) => FieldName.RequestId,
        14 when Ascii.EqualsIgnoreCase(name, "content-length"u8) => FieldName.ContentLength,
        14 when Ascii.EqualsIgnoreCase(name, "http2-settings"u8) => FieldName.Http2Settings,
        15 when Ascii.EqualsIgnoreCase(name, "x-forwarded-for"u8) => FieldName.ForwardedFor,
        16 when Ascii.EqualsIgnoreCase(name, "proxy-connection"u8) => FieldName.ProxyConnection,
        17 when Ascii.EqualsIgnoreCase(name, "x-forwarded-proto"u8) => FieldName.ForwardedProto,
        17 when Ascii.EqualsIgnoreCase(name, "transfer-encoding"u8) => FieldName.TransferEncoding,
        17 when Ascii.EqualsIgnoreCase(name, "x-parallax-shadow"u8) => FieldName.ShadowMark,
        23 when Ascii.EqualsIgnoreCase(name, "x-parallax-shadow-proof"u8) => FieldName.ShadowProof,
        23 when Ascii.EqualsIgnoreCase(name, "x-forwarded-client-cert"u8) => FieldName.ClientCertificate,
        > 8 when name[7] == (byte)'-' && Ascii.EqualsIgnoreCase(name[..8], "x-envoy-"u8) => FieldName.Envoy,
        _ => FieldName.Other,
    };
}

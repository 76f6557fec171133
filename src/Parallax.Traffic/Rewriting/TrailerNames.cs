namespace Parallax.Traffic.Rewriting;

/// <summary>What may come in the trailers of a client's request.</summary>
/// <remarks>Thread safety: pure functions.</remarks>
public static class TrailerNames
{
    /// <summary>True for a field that says where the request ends or whose it is (Content-Length, Transfer-Encoding, Host,
    /// <c>x-forwarded-for</c>) or what only proxies may say: a server that adds trailers to the head would believe it of the client (RFC
    /// 9110 §6.5.1).</summary>
    /// <param name="name">The field's name, in any case.</param>
    public static bool BelongsToHead(ReadOnlySpan<byte> name) => FieldNames.Of(name) is var field
        && (FieldNames.IsClaim(field) || field is FieldName.ContentLength or FieldName.TransferEncoding or FieldName.Host
            or FieldName.ForwardedFor);
}

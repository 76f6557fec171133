namespace Parallax.Wire.ProxyProtocol;

/// <summary>The octets that a header begins with.</summary>
internal static class Signature
{
    /// <summary>Whether <paramref name="octets"/> begin as <paramref name="signature"/> does: <see cref="ProxyHeaderStatus.Read"/> when all
    /// of it is there.</summary>
    public static ProxyHeaderStatus Recognise(ReadOnlySpan<byte> octets, ReadOnlySpan<byte> signature)
    {
        var common = octets.CommonPrefixLength(signature);
        return common == signature.Length ? ProxyHeaderStatus.Read
            : common == octets.Length ? ProxyHeaderStatus.NeedMore
            : ProxyHeaderStatus.Absent;
    }
}

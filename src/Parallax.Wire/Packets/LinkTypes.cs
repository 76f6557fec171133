namespace Parallax.Wire.Packets;

/// <summary>Tells the link types that the decoder reads.</summary>
/// <remarks>Thread safety: pure functions.</remarks>
public static class LinkTypes
{
    /// <summary>True when packets of <paramref name="link"/> can be decoded.</summary>
    public static bool IsRead(LinkType link)
    {
        var cursor = new LayerCursor([], 0, default);
        return LinkLayers.Enter(ref cursor, link) != DecodeStatus.UnsupportedLinkType;
    }
}

namespace Parallax.Wire.Http1;

/// <summary>How the end of a body is recognized (RFC 9112 §6.3).</summary>
public enum BodyFraming : byte
{
    /// <summary>There is no body.</summary>
    None,

    /// <summary>A known number of octets.</summary>
    Length,

    /// <summary>The chunked transfer coding.</summary>
    Chunked,

    /// <summary>Everything up to the end of the connection; responses only.</summary>
    UntilClose,

    /// <summary>No body: what follows is no longer HTTP, in both directions.</summary>
    Tunnel,
}

namespace Parallax.Wire.Http1;

/// <summary>What a <see cref="MessageReader"/> expects next.</summary>
internal enum ReaderState : byte
{
    Head,

    /// <summary>A gap fell into a head that is still to be told.</summary>
    HeadCut,
    HeadRead,
    Body,
    End,
    Tunnel,

    /// <summary>The place is lost; the next message is looked for.</summary>
    Resynchronising,
    Discarding,
}

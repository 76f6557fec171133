namespace Parallax.Wire.Http1;

/// <summary>How far the reading of a head came.</summary>
public enum HeadStatus : byte
{
    /// <summary>The head goes on after these octets. Nothing is consumed: hand in the same octets and more.</summary>
    NeedMore,

    /// <summary>The head is whole.</summary>
    Complete,

    /// <summary>It never will be; the error says why.</summary>
    Malformed,
}

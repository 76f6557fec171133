namespace Parallax.Wire.Http1;

/// <summary>What a piece of a chunked body needs before it is passed on, where chunks are accepted as old servers write them
/// (<see cref="Http1Policy.OldChunks"/>).</summary>
public enum OldChunkForm : byte
{
    /// <summary>Nothing: all is well-formed so far.</summary>
    None,

    /// <summary>Its framing is lines of chunks: CR before a lone LF, and no blanks.</summary>
    Lines,

    /// <summary>Its framing is trailers: CR before a lone LF; blanks mean something.</summary>
    Trailers,
}

namespace Parallax.Wire.Http1;

/// <summary>What one step of reading a body brought.</summary>
public enum BodyStatus : byte
{
    /// <summary>The body goes on; what was consumed (possibly nothing) may hold content.</summary>
    NeedMore,

    /// <summary>The body ends with what was consumed, which may hold content too.</summary>
    Complete,

    /// <summary>The framing is wrong; the error says how.</summary>
    Malformed,
}

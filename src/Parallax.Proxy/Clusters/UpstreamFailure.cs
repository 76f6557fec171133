namespace Parallax.Proxy.Clusters;

/// <summary>How an attempt to get a response from a primary failed.</summary>
internal enum UpstreamFailure : byte
{
    /// <summary>The connection could not be made.</summary>
    NotConnected,

    /// <summary>The primary closed the connection before the response's end.</summary>
    Closed,

    /// <summary>It reset the connection, or the connection broke.</summary>
    Reset,

    /// <summary>The response did not begin in time.</summary>
    TimedOut,

    /// <summary>What it sent is no HTTP/1 response.</summary>
    Malformed,

    /// <summary>This machine had nothing left to make a connection with.</summary>
    Exhausted,
}

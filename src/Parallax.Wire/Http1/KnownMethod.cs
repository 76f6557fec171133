namespace Parallax.Wire.Http1;

/// <summary>The methods whose semantics some part of the program must know; every other token is <see cref="Other"/>.</summary>
public enum KnownMethod : byte
{
    /// <summary>Any other method; its name is in <see cref="MessageHead.Method"/>.</summary>
    Other,

    /// <summary>GET.</summary>
    Get,

    /// <summary>HEAD: its response has no body whatever its fields say.</summary>
    Head,

    /// <summary>POST.</summary>
    Post,

    /// <summary>PUT.</summary>
    Put,

    /// <summary>DELETE.</summary>
    Delete,

    /// <summary>CONNECT: a 2xx response turns the connection into a tunnel.</summary>
    Connect,

    /// <summary>OPTIONS.</summary>
    Options,

    /// <summary>TRACE.</summary>
    Trace,

    /// <summary>PATCH (RFC 5789).</summary>
    Patch,
}

namespace Parallax.Wire.Http1;

/// <summary>Which of the two HTTP/1 messages one direction of a connection carries.</summary>
public enum MessageKind : byte
{
    /// <summary>Client to server.</summary>
    Request,

    /// <summary>Server to client.</summary>
    Response,
}

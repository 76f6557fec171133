namespace Parallax.Proxy.Serving;

/// <summary>What a client's connection waits for; its deadline means this.</summary>
internal enum ClientWaiting : byte
{
    Request,
    RestOfHead,
    RestOfBody,
    Response,
    Tunnel,
    Lingering,
}

using Parallax.Proxy.Routing;

namespace Parallax.Proxy.Primary;

/// <summary>A client's connection, as the exchange on it sees it.</summary>
/// <remarks>Thread safety: belongs to the loop's thread.</remarks>
internal interface IExchangeClient
{
    /// <summary>False when the connection closes after the request at hand.</summary>
    bool TakesMore { get; }

    /// <summary>True when octets wait that the client does not take.</summary>
    bool IsCongested { get; }

    /// <summary>Sends octets of a response, or of a tunnel.</summary>
    void Write(ReadOnlySpan<byte> octets);

    /// <summary>Sends a response of the proxy's own.</summary>
    void WriteAnswer(in Answer answer);

    /// <summary>Stops reading for a while: the primary takes nothing.</summary>
    void Pause();

    /// <summary>Reads again.</summary>
    void Resume();

    /// <summary>The response waits until the client takes what was written.</summary>
    void WaitWritable();

    /// <summary>From here on octets go in both directions and have no meaning to the proxy.</summary>
    void EnterTunnel();

    /// <summary>Something passed through the tunnel.</summary>
    void TouchTunnel();

    /// <summary>The primary ended its direction of a tunnel.</summary>
    void EndWrites();

    /// <summary>The exchange is over, and the response shows it.</summary>
    /// <param name="keepsAlive">True when another request may follow.</param>
    void OnExchangeOver(bool keepsAlive);

    /// <summary>The response cannot be completed: the client must see that.</summary>
    /// <param name="mustReset">True when an orderly end would look like the response's own.</param>
    void CutOff(bool mustReset);
}

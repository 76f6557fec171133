namespace Parallax.Proxy.Bounds;

/// <summary>What becomes of a header of the PROXY protocol at the beginning of a client's connection.</summary>
public enum ProxyProtocolMode : byte
{
    /// <summary>It is read where there is one; the address it names is believed only from proxies of our own
    /// (<see cref="ProxyOptions.TrustsClients"/>), because anybody can send one.</summary>
    Auto,

    /// <summary>Every connection must begin with one, and it is believed: nobody but the load balancer reaches the port.</summary>
    Require,

    /// <summary>Not looked for: what begins like that is no HTTP.</summary>
    Off,
}

namespace Parallax.Proxy.Primary;

/// <summary>Octets in both directions that mean nothing to us, after an upgrade or CONNECT. Each direction ends by itself.</summary>
/// <remarks>Thread safety: belongs to the loop's thread.</remarks>
internal sealed class TunnelRelay(IExchangeClient client, PrimaryAttempt attempt)
{
    /// <summary>Octets of the client.</summary>
    public void OnClientOctets(ReadOnlySpan<byte> octets)
    {
        if (attempt.Upstream is { } upstream)
        {
            upstream.Write(octets);
            client.TouchTunnel();
            if (upstream.IsCongested)
            {
                client.Pause();
            }
        }
    }

    /// <summary>The client ended its direction.</summary>
    public void OnClientEnd() => attempt.Upstream?.EndWrites();

    /// <summary>Octets of the primary.</summary>
    public void OnPrimaryOctets(ReadOnlySpan<byte> octets)
    {
        client.Write(octets);
        client.TouchTunnel();
        attempt.SlowDownFor(client);
    }

    /// <summary>The primary ended its direction.</summary>
    public void OnPrimaryEnd() => client.EndWrites();
}

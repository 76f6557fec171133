using System.Security.Cryptography.X509Certificates;

namespace Parallax.Reactor.Connections;

/// <summary>How the certificates of peers are judged on a loop's thread: by what the handshake brought and this machine holds. Nothing is
/// fetched, as a certificate may ask for with an address of its own: every other connection of the loop would wait for that.</summary>
/// <remarks>Thread safety: pure functions.</remarks>
public static class PeerTrust
{
    /// <summary>A policy that trusts the authorities of the system; for the TLS of <see cref="ConnectOptions"/> and
    /// <see cref="ListenOptions"/>.</summary>
    public static X509ChainPolicy NewPolicy() => new()
    {
        RevocationMode = X509RevocationMode.NoCheck,
        DisableCertificateDownloads = true,
    };
}

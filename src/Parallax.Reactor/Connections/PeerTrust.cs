using System.Security.Cryptography.X509Certificates;

namespace Parallax.Reactor.Connections;

/// <summary>How the certificates of peers are judged on a loop's thread: by what the handshake brought and this machine holds. Nothing is
/// fetched, although a certificate may name an address for that: every other connection of the loop would wait.</summary>
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

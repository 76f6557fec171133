using System.Net;
using System.Net.Sockets;

namespace Parallax.Runs.Running;

/// <summary>Resolves the hosts of targets.</summary>
/// <remarks>Thread safety: any thread.</remarks>
public static class HostNames
{
    /// <summary>The addresses of a host, at least one. Waits for the system's resolver.</summary>
    /// <param name="option">What named the host, for the message.</param>
    /// <param name="host">A name or an address.</param>
    /// <param name="port">The port of each address.</param>
    /// <exception cref="RunException">It has none.</exception>
    public static IReadOnlyList<IPEndPoint> Resolve(string option, string host, int port)
    {
        if (IPAddress.TryParse(host, out var literal))
        {
            return [new(literal, port)];
        }

        try
        {
            var addresses = Dns.GetHostAddresses(host);
            if (addresses.Length > 0)
            {
                return [.. addresses.Select(address => new IPEndPoint(address, port))];
            }
        }
        catch (SocketException)
        {
            // Said below.
        }

        throw new RunException($"{option}: the name {host} cannot be resolved; check it with: getent hosts {host}");
    }
}

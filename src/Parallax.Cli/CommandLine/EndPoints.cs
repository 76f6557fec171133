using System.Globalization;
using System.Net;

namespace Parallax.Cli.CommandLine;

/// <summary>Reads addresses to listen at.</summary>
internal static class EndPoints
{
    /// <summary>Reads <c>PORT</c>, <c>ADDRESS:PORT</c> or <c>[IPv6]:PORT</c>; nothing at all is the default port on all addresses.
    /// </summary>
    /// <exception cref="UsageException">It is none of these.</exception>
    public static IPEndPoint Listening(string option, string? text, int defaultPort) =>
        Listening(option, text, IPAddress.Any, defaultPort);

    /// <summary>As above, with another address where none is given.</summary>
    /// <exception cref="UsageException">It is none of these.</exception>
    public static IPEndPoint Listening(string option, string? text, IPAddress defaultAddress, int defaultPort)
    {
        if (string.IsNullOrEmpty(text))
        {
            return new(defaultAddress, defaultPort);
        }

        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port <= IPEndPoint.MaxPort)
        {
            return new(defaultAddress, port);
        }

        var colon = text.LastIndexOf(':');
        if (colon > 0
            && IPAddress.TryParse(text[..colon].Trim('[', ']'), out var address)
            && int.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out port)
            && port <= IPEndPoint.MaxPort)
        {
            return new(address, port);
        }

        throw new UsageException(
            $"{option}: \"{text}\" is not an address to listen at; write PORT or ADDRESS:PORT, "
            + $"for example {defaultPort} or 10.0.0.5:{defaultPort}");
    }
}

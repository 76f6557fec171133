using System.Net;
using System.Text;
using Parallax.Wire.Http1;

namespace Parallax.Cli.Admin;

/// <summary>Tells the operator's requests to the admin port from those that a web page had the operator's browser send.</summary>
/// <remarks>
/// A page can point its own name at this port (DNS rebinding): its requests then name the page's host. So a request must name this
/// port by its address, as <c>localhost</c>, or by one of <paramref name="names"/>. A port that is open to the network is asked by names
/// that nobody told us (Prometheus, a load balancer, a colleague): there any name will do for a request that no browser wrote.
/// Thread safety: immutable.
/// </remarks>
/// <param name="isOpenToNetwork">True when the port listens at another address than loopback.</param>
/// <param name="names">Names of this port, in any case; <c>*.example.com</c> stands for every name below example.com.</param>
internal sealed class AdminGuard(bool isOpenToNetwork, IReadOnlyList<string> names)
{
    /// <summary>Why a request is refused, in words for the sender; null when it is accepted.</summary>
    public string? WhyRefused(string method, string host, MessageHead head, ReadOnlySpan<byte> octets)
    {
        if (!IsOwn(NameOf(host)) && !(isOpenToNetwork && !IsFromBrowser(head, octets)))
        {
            return $"the request asks for the host \"{host}\", as one that a web page made might; "
                + "ask for this port by its address, as localhost, or by a name that --admin-host gave it";
        }

        return method == "POST" && head.TryFind(octets, "origin"u8, out var origin)
            ? $"the request was made by a web page of {Encoding.Latin1.GetString(origin.Of(octets))}; send it from a program"
            : null;
    }

    // Pages cannot take these off what the browser writes. Sec-Fetch-* would say it best, but browsers leave it out over plain HTTP.
    private static bool IsFromBrowser(MessageHead head, ReadOnlySpan<byte> octets) =>
        head.TryFind(octets, "accept-language"u8, out _)
        || head.TryFind(octets, "referer"u8, out _)
        || head.TryFind(octets, "origin"u8, out _)
        || head.TryFind(octets, "cookie"u8, out _)
        || head.TryFind(octets, "sec-fetch-site"u8, out _)
        || head.TryFind(octets, "sec-fetch-mode"u8, out _)
        || (head.TryFind(octets, "user-agent"u8, out var agent) && agent.Of(octets).StartsWith("Mozilla/"u8));

    /// <summary>The name in a Host header, without port and final dot; empty for an address.</summary>
    private static string NameOf(string host)
    {
        if (IPEndPoint.TryParse(host, out _))
        {
            return "";
        }

        var name = host.Split(':')[0].TrimEnd('.');
        return IPAddress.TryParse(name, out _) ? "" : name;
    }

    // Who names no host at all speaks HTTP/1.0 and is not a browser.
    private bool IsOwn(string name) =>
        name.Length == 0 || name.Equals("localhost", StringComparison.OrdinalIgnoreCase) || names.Any(own => IsNamed(name, own));

    private static bool IsNamed(string name, string own) => own.StartsWith("*.", StringComparison.Ordinal)
        ? name.EndsWith(own[1..], StringComparison.OrdinalIgnoreCase) && name.Length >= own.Length
        : name.Equals(own, StringComparison.OrdinalIgnoreCase);
}

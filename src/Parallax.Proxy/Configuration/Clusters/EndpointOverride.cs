using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using Parallax.Proxy.Configuration.Reading;

namespace Parallax.Proxy.Configuration.Clusters;

/// <summary>An endpoint of a service, said by the user because there is no cluster to ask.</summary>
/// <remarks>Thread safety: immutable.</remarks>
public sealed record EndpointOverride
{
    /// <summary>The service's host, short or full: <c>httpbin</c>, <c>httpbin.default</c>, <c>httpbin.default.svc.cluster.local</c>. A
    /// short one
    /// is meant in every namespace.</summary>
    public required string Host { get; init; }

    /// <summary>The service's port it is for; null for all.</summary>
    public int? ServicePort { get; init; }

    /// <summary>Where the endpoint is: an IP address or a name.</summary>
    public required string Address { get; init; }

    /// <summary>The endpoint's port.</summary>
    public required int Port { get; init; }

    /// <summary>The labels subsets look at.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Labels { get; init; } = [];

    /// <summary>Its share against the others.</summary>
    public int Weight { get; init; } = 1;

    /// <summary>Reads <c>HOST[:PORT]=ADDR:PORT[,label=value…]</c>.</summary>
    /// <param name="text">The option's value.</param>
    /// <param name="endpoint">The endpoint; null when false is returned.</param>
    /// <param name="error">What is wrong and what would be right; null when true is returned.</param>
    public static bool TryParse(
        string text, [NotNullWhen(true)] out EndpointOverride? endpoint, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        endpoint = null;
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        var parts = equals < 0 ? [] : text[(equals + 1)..].Split(',');
        if (parts.Length == 0
            || !TryHost(text[..equals], out var host, out var servicePort)
            || !TryAddress(parts[0], out var address, out var port))
        {
            error = $"\"{text}\" is not an endpoint; write HOST[:PORT]=ADDR:PORT[,label=value], "
                + "for example httpbin=127.0.0.1:9001,version=v1";
            return false;
        }

        var labels = parts.Skip(1).Select(part => part.Split('=', 2)).ToList();
        if (labels.FirstOrDefault(label => label.Length != 2 || label[0].Length == 0) is { } wrong)
        {
            error = $"\"{string.Join('=', wrong)}\" is not a label; write label=value, for example version=v1";
            return false;
        }

        error = null;
        endpoint = new()
        {
            Host = host,
            ServicePort = servicePort,
            Address = address,
            Port = port,
            Labels = [.. labels.Select(label => KeyValuePair.Create(label[0], label[1]))],
        };
        return true;
    }

    /// <summary>Reads <c>ADDR:PORT</c>, an IPv6 address between brackets.</summary>
    internal static bool TryAddress(string text, out string address, out int port)
    {
        var colon = text.LastIndexOf(':');
        address = colon < 0 ? "" : text[..colon];
        port = 0;
        if (!IsPort(text.AsSpan(colon + 1), out port) || colon < 0)
        {
            return false;
        }

        if (address.StartsWith('[') && address.EndsWith(']'))
        {
            address = address[1..^1];
            return IPAddress.TryParse(address, out _);
        }

        return Hostnames.IsName(address);
    }

    /// <summary>Reads <c>HOST[:PORT]</c>.</summary>
    internal static bool TryHost(string text, out string host, out int? port)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        host = (colon < 0 ? text : text[..colon]).ToLowerInvariant();
        port = null;
        if (colon >= 0)
        {
            if (!IsPort(text.AsSpan(colon + 1), out var number))
            {
                return false;
            }

            port = number;
        }

        return host != "*" && Hostnames.IsIstioPattern(host);
    }

    private static bool IsPort(ReadOnlySpan<char> text, out int port) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is >= 1 and <= 65_535;
}

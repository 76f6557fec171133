using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using Parallax.Proxy.Configuration.Reading;

namespace Parallax.Proxy.Configuration.Listeners;

/// <summary>Which sockets are listened at for the ports that documents declare.</summary>
/// <remarks>Thread safety: immutable.</remarks>
public sealed class ListenerMap
{
    private readonly IReadOnlyList<Rule> _rules;

    private ListenerMap(IReadOnlyList<Rule> rules) => _rules = rules;

    /// <summary>Every port at itself, on all addresses; the mesh at 127.0.0.1:15001.</summary>
    public static ListenerMap Default { get; } = new([]);

    /// <summary>Adds a rule: <c>PORT=[ADDR:]PORT</c>, <c>GATEWAY:PORT=[ADDR:]PORT</c> or <c>mesh=[ADDR:]PORT</c>. Rules for one Gateway go
    /// before
    /// rules for all.</summary>
    /// <param name="text">The option's value. A port 0 after the equals sign lets the system choose.</param>
    /// <param name="map">This map with the rule; null when false is returned.</param>
    /// <param name="error">What is wrong and what would be right; null when true is returned.</param>
    public bool TryAdd(string text, [NotNullWhen(true)] out ListenerMap? map, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        map = equals > 0 && TryLeft(text[..equals], out var gateway, out var port) && TryRight(text[(equals + 1)..], out var socket)
            ? new([.. _rules, new(gateway, port, socket)])
            : null;
        error = map is not null ? null
            : $"\"{text}\" is not a rule for a port; write PORT=[ADDR:]PORT, GATEWAY:PORT=[ADDR:]PORT or mesh=[ADDR:]PORT, "
                + "for example 80=8080";
        return map is not null;
    }

    /// <summary>The socket for a port of a Gateway.</summary>
    internal IPEndPoint SocketOf(DocumentHead gateway, int port, IPAddress? bind)
    {
        var rule = _rules.FirstOrDefault(each => each.Port == port
                && (each.Gateway == gateway.Name || each.Gateway == $"{gateway.Namespace}/{gateway.Name}"))
            ?? _rules.FirstOrDefault(each => each.Port == port && each.Gateway is null);
        return rule?.Socket ?? new IPEndPoint(bind ?? IPAddress.Any, port);
    }

    /// <summary>The socket for what is bound to no Gateway.</summary>
    internal IPEndPoint SocketOfMesh() =>
        _rules.FirstOrDefault(each => each.Gateway == "mesh" && each.Port is null)?.Socket ?? new IPEndPoint(IPAddress.Loopback, 15_001);

    private static bool TryLeft(string text, out string? gateway, out int? port)
    {
        var colon = text.LastIndexOf(':');
        var isPort = int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number is >= 1 and <= 65_535;
        port = isPort ? number : null;
        gateway = text == "mesh" ? text : colon > 0 ? text[..colon] : null;
        return isPort || text == "mesh";
    }

    private static bool TryRight(string text, [NotNullWhen(true)] out IPEndPoint? socket)
    {
        var colon = text.LastIndexOf(':');
        var address = IPAddress.Any;
        var isRead = int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            && port <= IPEndPoint.MaxPort
            && (colon < 0 || IPAddress.TryParse(text[..colon].Trim('[', ']'), out address));
        socket = isRead ? new(address!, port) : null;
        return isRead;
    }

    private sealed record Rule(string? Gateway, int? Port, IPEndPoint Socket);
}

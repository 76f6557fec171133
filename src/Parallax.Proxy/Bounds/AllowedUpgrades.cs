using System.Collections.Frozen;
using System.Text;
using Parallax.Wire.Http1;

namespace Parallax.Proxy.Bounds;

/// <summary>The protocols to which clients may change a connection. Routes and mirrors see nothing of what follows a change, so none is
/// allowed that nobody asked for; a request for another one is served as if it had not asked (RFC 9110 §7.8).</summary>
/// <remarks>Thread safety: immutable. No allocation.</remarks>
public sealed class AllowedUpgrades
{
    private readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> _protocols;

    /// <param name="protocols">Values of Upgrade, such as <c>websocket</c>; <c>connect</c> stands for the method CONNECT. In any
    /// case.</param>
    /// <exception cref="ArgumentException">One is HTTP/2, whose requests would pass every route.</exception>
    public AllowedUpgrades(IEnumerable<string> protocols)
    {
        var set = protocols.ToFrozenSet(StringComparer.OrdinalIgnoreCase);
        if (set.FirstOrDefault(IsHttp) is { } http)
        {
            throw new ArgumentException($"\"{http}\" cannot be allowed: its requests would pass every route and mirror", nameof(protocols));
        }

        AllowsConnect = set.Contains("connect");
        _protocols = set.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>WebSocket only, as in Istio.</summary>
    public static AllowedUpgrades Default { get; } = new(["websocket"]);

    /// <summary>Whether CONNECT makes a tunnel to the primary.</summary>
    public bool AllowsConnect { get; }

    /// <summary>True when a message asks for a change, or agrees to one, and each protocol it names is allowed.</summary>
    /// <param name="head">A request's head, or that of a 101.</param>
    /// <param name="octets">The octets it was read from.</param>
    public bool Allow(MessageHead head, ReadOnlySpan<byte> octets)
    {
        ArgumentNullException.ThrowIfNull(head);
        var isNamed = false;
        for (var index = 0; head.HasUpgrade && index < head.FieldCount; index++)
        {
            var field = head[index];
            if (field.Name.Length == 7 && Ascii.EqualsIgnoreCase(field.Name.Of(octets), "upgrade"u8))
            {
                if (!AllowsAll(field.Value.Of(octets), ref isNamed))
                {
                    return false;
                }
            }
        }

        return isNamed;
    }

    private static bool IsHttp(string protocol) => protocol.StartsWith("h2", StringComparison.OrdinalIgnoreCase)
        || protocol.StartsWith("http", StringComparison.OrdinalIgnoreCase);

    private bool AllowsAll(ReadOnlySpan<byte> list, ref bool isNamed)
    {
        Span<char> text = stackalloc char[64];
        foreach (var range in list.Split((byte)','))
        {
            var protocol = list[range].Trim(" \t"u8);
            if (protocol.IsEmpty)
            {
                continue;
            }

            if (protocol.Length > text.Length
                || !_protocols.Contains(text[..Encoding.Latin1.GetChars(protocol, text)]))
            {
                return false;
            }

            isNamed = true;
        }

        return true;
    }
}

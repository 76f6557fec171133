using System.Globalization;
using Parallax.TestKit;

namespace Parallax.Proxy.Tests.Primary;

/// <summary>An upgrade or a CONNECT at random, what the client sends through the tunnel, and a server that sends each octet back changed.
/// Either end may end its direction first, the client even before it is answered.</summary>
/// <param name="Request">The head that asks for it.</param>
/// <param name="Octets">What the client sends after it.</param>
/// <param name="FirstOctets">How much of that comes without waiting for the answer.</param>
/// <param name="ServerEnds">True when the server ends its direction once it has sent all back; else it awaits the client's end.</param>
internal sealed record RandomTunnel(string Request, byte[] Octets, int FirstOctets, bool ServerEnds)
{
    private const string Field = "X-Tunnel: ";
    private const byte Change = 0x5A;

    private static readonly byte[] LastWords = "over"u8.ToArray();

    public static RandomTunnel Next(Random random)
    {
        var octets = new byte[RandomExchange.Size(random)];
        random.NextBytes(octets);
        var serverEnds = random.Next(2) == 0;
        var first = random.Next(3) switch
        {
            0 => 0,
            1 => octets.Length,
            _ => random.Next(octets.Length + 1),
        };
        var field = $"{Field}{(serverEnds ? octets.Length : -1)}\r\n\r\n";
        var request = random.Next(2) == 0
            ? $"CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n{field}"
            : $"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: odd\r\n{field}";
        return new(request, octets, first, serverEnds);
    }

    public static bool IsAskedFor(string head) => head.Contains(Field, StringComparison.Ordinal);

    public static async Task ServeAsync(TestWire wire, string head)
    {
        var length = int.Parse(head.Split(Field)[1].Split('\r')[0], CultureInfo.InvariantCulture);
        await wire.WriteAsync(head.StartsWith("CONNECT", StringComparison.Ordinal)
            ? "HTTP/1.1 200 Established\r\nX: y\r\n\r\n"
            : "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: odd\r\n\r\n");
        for (var sent = 0; sent != length;)
        {
            var octets = await wire.ReadSomeAsync();
            if (octets.Length == 0)
            {
                break;
            }

            sent += octets.Length;
            await wire.WriteAsync(Changed(octets));
        }

        await wire.WriteAsync(LastWords);
        wire.End();
        await wire.ReadToEndAsync();
    }

    /// <summary>The client's side, from the answer's head on.</summary>
    /// <param name="wire">What was asked on; the first octets are sent.</param>
    /// <param name="pieces">How the rest is cut.</param>
    /// <param name="hasEnded">True when the client has ended its direction.</param>
    public async Task<string> RunAsync(TestWire wire, IEnumerable<byte[]> pieces, bool hasEnded)
    {
        var head = (await wire.ReadHeadAsync())!;
        var writing = WriteAsync(wire, pieces);
        var back = await wire.ReadExactlyAsync(Octets.Length);
        await writing;
        if (!ServerEnds && !hasEnded)
        {
            wire.End();
        }

        var rest = await wire.ReadToEndAsync();
        return $"{RandomExchange.Shown(head)} {Changed(Octets).AsSpan().SequenceEqual(back)} {System.Text.Encoding.Latin1.GetString(rest)}";
    }

    private static async Task WriteAsync(TestWire wire, IEnumerable<byte[]> pieces)
    {
        foreach (var piece in pieces)
        {
            await wire.WriteAsync(piece);
        }
    }

    private static byte[] Changed(byte[] octets) => [.. octets.Select(octet => (byte)(octet ^ Change))];
}

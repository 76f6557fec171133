using Parallax.Fuzz.Engine;
using Parallax.Wire.ProxyProtocol;

namespace Parallax.Fuzz.Targets;

/// <summary>Headers of the PROXY protocol: what a beginning was taken for stays true when more octets come.</summary>
internal static class ProxyHeaderTarget
{
    private static readonly byte[] Version2 = [0x0D, 0x0A, 0x0D, 0x0A, 0, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A];

    public static FuzzTarget Make() => new()
    {
        Name = "proxy-headers",
        Seeds =
        [
            "PROXY TCP4 192.0.2.1 192.0.2.2 5000 80\r\nGET"u8.ToArray(),
            "PROXY TCP6 2001:db8::1 ::ffff:192.0.2.2 5000 80\r\n"u8.ToArray(),
            "PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n"u8.ToArray(),
            [.. Version2, 0x21, 0x11, 0, 15, 1, 2, 3, 4, 5, 6, 7, 8, 0, 80, 1, 187, 4, 0, 0],
            [.. Version2, 0x21, 0x21, 0, 36, .. new byte[36]],
            [.. Version2, 0x20, 0, 0, 0],
        ],
        Words = ["PROXY ", "TCP4 ", "TCP6 ", "UNKNOWN", "\r\n", "::", "255.255.255.255", " 65535", "\x21", "\x11"],
        MaxInputBytes = 400,
        Run = Run,
    };

    private static void Run(byte[] input, Outcome outcome)
    {
        var (decided, header, length) = (ProxyHeaderStatus.NeedMore, default(ProxyHeader), 0);
        for (var end = 0; end <= input.Length; end++)
        {
            var status = ProxyHeaderReader.TryRead(input.AsSpan(0, end), out var read, out var octets);
            Require.That(status == ProxyHeaderStatus.Read ? octets > 0 : octets == 0, "a length without a header, or the reverse");
            Require.That(status != ProxyHeaderStatus.NeedMore || end < ProxyHeaderReader.MaxNeeded, "it needs more than it says");
            Require.That(
                decided is ProxyHeaderStatus.NeedMore || (status, read, octets) == (decided, header, length),
                "it changed its mind");
            (decided, header, length) = (status, read, octets);
        }

        outcome.Add((int)decided);
        outcome.Add(header.HasAddresses ? 1 : 0);
        outcome.AddCount(length);
    }
}

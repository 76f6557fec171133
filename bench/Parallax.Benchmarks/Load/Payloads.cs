using System.Text;

namespace Parallax.Benchmarks.Load;

/// <summary>The messages that all connections exchange; number and time are written over in place.</summary>
internal static class Payloads
{
    public const int NumberDigits = 12;
    public const int TimeDigits = 19;

    public static readonly byte[] Get = Request("GET", "", 200);
    public static readonly byte[] PostHead = Request("POST", "Content-Type: application/json\r\nContent-Length: 1024\r\n", 260);
    public static readonly byte[] PostBody = Encoding.ASCII.GetBytes("{\"note\":\"" + new string('n', 1024 - 11) + "\"}");
    public static readonly byte[] Response = Encoding.ASCII.GetBytes(
        "HTTP/1.1 200 OK\r\nServer: origin\r\nDate: Sat, 21 Nov 2026 08:00:00 GMT\r\nContent-Type: application/json\r\n"
        + "Content-Length: 200\r\nConnection: keep-alive\r\n\r\n" + new string('r', 200));

    /// <summary>Where the number of the exchange stands in a request.</summary>
    public static int NumberAt(byte[] request) => request.AsSpan().IndexOf("N: "u8) + 3;

    /// <summary>Where the time of sending stands in a request.</summary>
    public static int TimeAt(byte[] request) => request.AsSpan().IndexOf("T: "u8) + 3;

    private static byte[] Request(string method, string fields, int length)
    {
        var head = $"{method} /api/items/4711?page=2 HTTP/1.1\r\nHost: shop.example\r\nN: {new string('0', NumberDigits)}\r\n"
            + $"T: {new string('0', TimeDigits)}\r\nAccept: */*\r\n{fields}Cookie: s=";
        return Encoding.ASCII.GetBytes(head + new string('c', length - head.Length - 4) + "\r\n\r\n");
    }
}

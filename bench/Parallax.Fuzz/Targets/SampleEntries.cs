using System.Buffers;
using System.Text;
using Parallax.Recording.Entries;
using Parallax.Traffic.Exchanges;
using Parallax.Wire.Packets;

namespace Parallax.Fuzz.Targets;

/// <summary>Ordinary entries, written with any writer.</summary>
/// <remarks>Thread safety: pure functions.</remarks>
internal static class SampleEntries
{
    private static readonly (string Request, string Response)[] All =
    [
        ("GET /a?token=b HTTP/1.1\r\nHost: h\r\nCookie: a=b\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
        (
            "POST /b HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 17\r\n\r\n{\"password\":\"abc\"",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nT: u\r\n\r\n"),
        ("PUT /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n\u00ff\u0000\r\n0\r\n\r\n", ""),
        ("GET / HTTP/1.0\r\n\r\n", "HTTP/1.0 404 Not Found\r\n\r\nuntil close"),
    ];

    /// <summary>All of them in one file.</summary>
    public static byte[] Write(Func<Stream, IRecordingWriter> writerOf)
    {
        var file = new MemoryStream();
        using var writer = writerOf(file);
        for (var number = 0; number < All.Length; number++)
        {
            var (request, response) = All[number];
            var begin = 1_700_000_000_000_000_000 + (number * 1_000_000);
            var shadows = new ArrayBufferWriter<byte>();
            new RecordedShadow { Mirror = "m"u8, Response = Octets(response), Sent = new(begin), Last = new(begin + 5) }.AppendTo(shadows);
            writer.TryWrite(new()
            {
                Facts = new()
                {
                    Id = number + 1,
                    Session = 1,
                    SequenceInSession = number,
                    Client = new(NetworkAddress.FromIPv4(0x0A000001), 40_000),
                    Server = new(NetworkAddress.FromIPv4(0x0A000002), 80),
                    Vni = -1,
                    RequestFirst = new(begin),
                    RequestLast = new(begin + 1),
                    ResponseFirst = new(begin + 2),
                    ResponseLast = new(begin + 3),
                    Flags = response.Length == 0 ? ExchangeFlags.NoResponse : 0,
                },
                HasRequest = true,
                Request = Octets(request),
                HasResponse = response.Length > 0,
                Response = Octets(response),
                Label = number == 0 ? "00112233445566778899aabb"u8 : default,
                Shadows = number == 1 ? new(shadows.WrittenSpan, 1) : default,
            });
        }

        writer.Finish();
        return file.ToArray();
    }

    private static byte[] Octets(string text) => Encoding.Latin1.GetBytes(text);
}

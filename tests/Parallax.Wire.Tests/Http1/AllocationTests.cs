using Parallax.TestKit;
using Parallax.Wire.Http1;

namespace Parallax.Wire.Tests.Http1;

public sealed class AllocationTests
{
    private static ReadOnlySpan<byte> Request =>
        "POST /path?q=1 HTTP/1.1\r\nHost: example.com\r\nA: b\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"u8;

    [Theory]
    [InlineData(1_000)]
    [InlineData(7)]
    public void Read_AThousandMessages_AllocateNothing(int pieceLength)
    {
        foreach (var policy in (Http1Policy[])[Http1Policy.Active, Http1Policy.Passive])
        {
            var reader = new MessageReader(MessageKind.Request, policy);
            Read(reader, 100, pieceLength);
            var ends = 0;
            var allocated = Allocations.LeastOf(() => ends = Read(reader, 1_000, pieceLength));
            Assert.Equal((1_000, 0), (ends, allocated));
        }
    }

    private static int Read(MessageReader reader, int times, int pieceLength)
    {
        var ends = 0;
        for (var i = 0; i < times; i++)
        {
            for (var at = 0; at < Request.Length; at += pieceLength)
            {
                var piece = Request.Slice(at, Math.Min(pieceLength, Request.Length - at));
                ReadEventKind kind;
                do
                {
                    kind = reader.Read(piece, out var consumed).Kind;
                    piece = piece[consumed..];
                    ends += kind == ReadEventKind.End ? 1 : 0;
                }
                while (kind != ReadEventKind.NeedMore);
            }
        }

        return ends;
    }
}

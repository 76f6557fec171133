using System.Buffers.Binary;

namespace Parallax.TestKit;

/// <summary>One keep-alive connection as frames that can be sent for ever without allocating: a request and a response, over and over,
/// the numbers written into the same two frames.</summary>
public sealed class KeepAliveFrames
{
    private const int SequenceOffset = 14 + 20 + 4;
    private readonly byte[][] _frames;
    private readonly uint[] _next = [1_001, 5_000_001];
    private readonly int[] _payloads;
    private int _turn;

    public KeepAliveFrames(string request, string response)
    {
        var script = new FlowScript(clientStart: _next[0] - 1, serverStart: _next[1] - 1) { MaxSegmentOctets = 65_000 }
            .Handshake().Client(request).Server(response);
        Opening = [.. script.Segments.Take(3).Select(Encode.Ethernet)];
        _frames = [Encode.Ethernet(script.Segments[3]), Encode.Ethernet(script.Segments[4])];
        _payloads = [request.Length, response.Length];
    }

    /// <summary>The handshake.</summary>
    public IReadOnlyList<byte[]> Opening { get; }

    /// <summary>The next frame; valid until the call after the next.</summary>
    public byte[] Next()
    {
        var (own, peer) = (_turn, 1 - _turn);
        BinaryPrimitives.WriteUInt32BigEndian(_frames[own].AsSpan(SequenceOffset), _next[own]);
        BinaryPrimitives.WriteUInt32BigEndian(_frames[own].AsSpan(SequenceOffset + 4), _next[peer]);
        _next[own] += (uint)_payloads[own];
        _turn = peer;
        return _frames[own];
    }
}

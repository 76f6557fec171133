using System.Buffers;
using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Rewriting;

namespace Parallax.Shadows.Clients;

/// <summary>The heads that requests are sent with: those they came with, or rewritten ones.</summary>
/// <remarks>Thread safety: none.</remarks>
/// <param name="rewriter">Writes them; null when every request comes with its final head.</param>
internal sealed class RequestHeads(HeadRewriter? rewriter)
{
    private readonly ArrayBufferWriter<byte> _head = new(4096);
    private readonly Latin1Scratch _scratch = new();

    /// <summary>True when a request comes with its final head.</summary>
    public bool AreFinal(Message request) => rewriter is null || request.IsPrepared;

    /// <summary>The rewritten head of a request whose own is not final; valid until the next call.</summary>
    public ReadOnlySpan<byte> HeadOf(Message request)
    {
        _head.ResetWrittenCount();
        rewriter!.Write(request.Head, request.HeadOctets, _scratch, _head);
        return _head.WrittenSpan;
    }
}

using System.Buffers;
using Parallax.Proxy.Accounts;
using Parallax.Proxy.Bounds;
using Parallax.Proxy.Requests;
using Parallax.Proxy.Routing;
using Parallax.Traffic.Rewriting;
using Parallax.Wire.Http1;

namespace Parallax.Proxy.Primary;

/// <summary>The response of one request on its way to the client: the primary's, passed on octet for octet, or one of our own.</summary>
/// <remarks>Thread safety: belongs to the loop's thread.</remarks>
internal sealed class ResponseRelay(LoopContext context, ClientRequest request, IExchangeClient client)
{
    private readonly ChunkFraming _framing = new();
    private bool _isUnchunked;

    /// <summary>The status of the final response; 0 before its head was written.</summary>
    public int Status { get; private set; }

    /// <summary>True once the final head was written: no other response can be given.</summary>
    public bool HasBegun => Status != 0;

    /// <summary>True once it was written to its end.</summary>
    public bool IsWhole { get; private set; }

    /// <summary>Why the proxy gave it itself; none when it did not.</summary>
    public LocalReason Reason { get; private set; }

    /// <summary>True when the client's connection can carry another request.</summary>
    public bool KeepsAlive { get; private set; }

    /// <summary>True when its end is the connection's end: one that breaks must be reset, or it would look whole.</summary>
    public bool EndsWithConnection { get; private set; }

    /// <summary>True once the client got a 100 (Continue).</summary>
    public bool HasContinued { get; private set; }

    /// <summary>Octets of body written.</summary>
    public long Octets { get; private set; }

    private MessageHead Request => request.Head;

    // Without a 100 a client may send its body or not: what comes next on the connection cannot be known.
    private bool IsBodyInDoubt => Request.ExpectsContinue && request.HasBody && !HasContinued && !request.HasBodyBegun;

    /// <summary>Begins with the next request.</summary>
    public void Reset()
    {
        Status = 0;
        Octets = 0;
        Reason = LocalReason.None;
        _framing.Reset();
        IsWhole = KeepsAlive = EndsWithConnection = HasContinued = _isUnchunked = false;
    }

    /// <summary>Passes a 1xx response on; a client of HTTP/1.0 does not know them.</summary>
    public void WriteInterim(MessageHead head, ReadOnlySpan<byte> octets)
    {
        if (Request.VersionMinor == 0)
        {
            return;
        }

        HasContinued |= head.StatusCode == 100;
        var output = context.Head;
        output.ResetWrittenCount();
        HeadRewriter.PlainResponse.Write(head, octets, default, context.Scratch, output);
        WriteHead(head, output.WrittenSpan);
    }

    /// <summary>Writes the head of the primary's response, or of a tunnel's beginning.</summary>
    /// <param name="head">The head.</param>
    /// <param name="octets">The octets it was read from.</param>
    /// <param name="framing">How the response's body ends.</param>
    /// <param name="rewriter">What is changed in it.</param>
    public void WriteHead(MessageHead head, ReadOnlySpan<byte> octets, BodyFraming framing, HeadRewriter rewriter)
    {
        Status = head.StatusCode;
        var isTunnel = framing == BodyFraming.Tunnel;
        var isHttp10 = Request.VersionMinor == 0;
        _isUnchunked = isHttp10 && framing == BodyFraming.Chunked;
        EndsWithConnection = framing == BodyFraming.UntilClose || _isUnchunked;
        KeepsAlive = Request.KeepAlive && !EndsWithConnection && client.TakesMore && !IsBodyInDoubt;
        var inputs = Inputs() with
        {
            IsUpgrade = head.StatusCode == 101,
            Connection = isTunnel ? [] : !KeepsAlive ? "close"u8 : isHttp10 ? "keep-alive"u8 : [],
            Framing = isTunnel ? ClientFraming.Tunnel : _isUnchunked ? ClientFraming.ToTheEnd : ClientFraming.Kept,
            AddedLines = request.ResponseLines,
        };
        var output = context.Head;
        output.ResetWrittenCount();
        rewriter.Write(head, octets, inputs, context.Scratch, output);
        WriteHead(head, output.WrittenSpan);
    }

    /// <summary>Passes a piece of the body on.</summary>
    /// <param name="raw">With its framing.</param>
    /// <param name="content">Without.</param>
    /// <param name="form">Whether its framing must be rewritten.</param>
    public void WriteBody(ReadOnlySpan<byte> raw, ReadOnlySpan<byte> content, OldChunkForm form)
    {
        var octets = _isUnchunked ? content : form != OldChunkForm.None ? _framing.Write(raw, content, form) : raw;
        if (form == OldChunkForm.None)
        {
            _framing.Pass(raw, content);
        }

        Octets += octets.Length;
        client.Write(octets);
    }

    /// <summary>The primary's response is whole.</summary>
    public void End() => IsWhole = true;

    /// <summary>Gives a response of our own, whole.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="status">Its status.</param>
    /// <param name="body">Its body; empty for none.</param>
    /// <param name="lines">Header lines, each with its CRLF.</param>
    /// <param name="mayKeepAlive">False when the connection cannot be used again.</param>
    /// <param name="edits">Changes to its headers; null for none.</param>
    public void Answer(
        LocalReason reason,
        int status,
        ReadOnlySpan<byte> body,
        ReadOnlySpan<byte> lines,
        bool mayKeepAlive,
        IReadOnlyList<HeaderEdit>? edits = null)
    {
        Status = status;
        Reason = reason;
        IsWhole = true;
        KeepsAlive = mayKeepAlive && Request.KeepAlive && client.TakesMore && !IsBodyInDoubt;
        var isHead = Request.KnownMethod == KnownMethod.Head;
        Octets = isHead ? 0 : body.Length;
        client.WriteAnswer(new Answer
        {
            Status = status,
            Body = body,
            Lines = lines,
            IsToHead = isHead,
            Connection = !KeepsAlive ? "close"u8 : Request.VersionMinor == 0 ? "keep-alive"u8 : [],
            Edits = edits ?? [],
        });
    }

    // What the request brought is written into a response only by values that ask for it.
    private HeadInputs Inputs() => request.Facts is null ? default : request.Inputs;

    private void WriteHead(MessageHead head, ReadOnlySpan<byte> written)
    {
        if (!head.HasOldLines)
        {
            client.Write(written);
            return;
        }

        var whole = new ArrayBufferWriter<byte>(written.Length + 64);
        OldLines.WriteWhole(written, whole);
        client.Write(whole.WrittenSpan);
    }
}

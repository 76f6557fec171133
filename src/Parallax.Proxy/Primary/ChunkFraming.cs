using System.Buffers;
using Parallax.Wire.Http1;

namespace Parallax.Proxy.Primary;

/// <summary>Rewrites the framing of chunks when a primary writes it as old servers do, so that all clients read it alike.</summary>
/// <remarks>Thread safety: none; one for each response in progress.</remarks>
internal sealed class ChunkFraming
{
    private readonly ArrayBufferWriter<byte> _output = new();
    private bool _isAfterCarriageReturn;

    /// <summary>Begins with another body.</summary>
    public void Reset() => _isAfterCarriageReturn = false;

    /// <summary>A piece that is passed on as it is.</summary>
    /// <param name="raw">With its framing.</param>
    /// <param name="content">Its content, the end of it.</param>
    public void Pass(ReadOnlySpan<byte> raw, ReadOnlySpan<byte> content) =>
        _isAfterCarriageReturn = content.IsEmpty && raw.EndsWith("\r"u8);

    /// <summary>The same piece with well-formed framing; valid until the next call.</summary>
    /// <param name="raw">With its framing.</param>
    /// <param name="content">Its content, the end of it.</param>
    /// <param name="form">What the framing needs.</param>
    public ReadOnlySpan<byte> Write(ReadOnlySpan<byte> raw, ReadOnlySpan<byte> content, OldChunkForm form)
    {
        _output.ResetWrittenCount();
        foreach (var octet in raw[..^content.Length])
        {
            if (octet == '\n' && !_isAfterCarriageReturn)
            {
                _output.Write("\r\n"u8);
            }
            else if (form == OldChunkForm.Trailers || octet is not ((byte)' ' or (byte)'\t'))
            {
                _output.Write([octet]);
            }

            _isAfterCarriageReturn = octet == '\r';
        }

        _isAfterCarriageReturn &= content.IsEmpty;
        _output.Write(content);
        return _output.WrittenSpan;
    }
}

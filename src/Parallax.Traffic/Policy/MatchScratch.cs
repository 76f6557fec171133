using System.Buffers;
using System.Text;
using Parallax.Traffic.Contents;
using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Rewriting;

namespace Parallax.Traffic.Policy;

/// <summary>Room for an <see cref="ExchangeMatch"/> to look into bodies: the last request's and response's content, decoded once however
/// many rules look at it.</summary>
/// <remarks>Thread safety: none; one for each thread.</remarks>
public sealed class MatchScratch
{
    private readonly DecodedContent _request = new();
    private readonly DecodedContent _response = new();

    /// <summary>Room for what is in a head.</summary>
    public Latin1Scratch Text { get; } = new();

    /// <summary>Forgets the exchange before.</summary>
    internal void Begin()
    {
        _request.IsDecoded = false;
        _response.IsDecoded = false;
    }

    /// <summary>A request's content without its codings; empty when they cannot be taken off.</summary>
    internal ReadOnlySpan<byte> RequestContent(Message request) => _request.Of(request);

    /// <summary>A response's content without its codings; empty when they cannot be taken off.</summary>
    internal ReadOnlySpan<byte> ResponseContent(Message response) => _response.Of(response);

    /// <summary>Octets as text in UTF-8; what is not is replaced.</summary>
    internal ReadOnlySpan<char> Utf8Text(ReadOnlySpan<byte> octets)
    {
        var characters = Text.Reserve(octets.Length);
        return characters[..Encoding.UTF8.GetChars(octets, characters)];
    }

    private sealed class DecodedContent
    {
        private readonly ContentDecoder _decoder = new();
        private ArrayBufferWriter<byte> _content = new();
        private bool _isReadable;

        public bool IsDecoded { get; set; }

        public ReadOnlySpan<byte> Of(Message message)
        {
            if (!IsDecoded)
            {
                IsDecoded = true;
                Decode(message);
            }

            return !_isReadable ? default : _decoder.Codings.Count > 0 ? _decoder.Decoded : _content.WrittenSpan;
        }

        private void Decode(Message message)
        {
            _content = ContentDecoder.Emptied(_content);
            foreach (var piece in message.Content)
            {
                _content.Write(piece.Span);
            }

            _decoder.Begin(message.Head, message.HeadOctets);
            _isReadable = _decoder.TryDecode(_content.WrittenSpan, out _);
        }
    }
}

using Parallax.Shadows.Clients;
using Parallax.Traffic.Exchanges;
using Parallax.Wire.Http1;

namespace Parallax.Shadows.Tests.Clients;

/// <summary>A <see cref="ResponseReader"/> and the <see cref="AnswerReader"/> after it, as a connection joins them.</summary>
internal sealed class AnswerRig
{
    private readonly ResponseReader _reader = new(AnswerReader.Policy);
    private readonly AnswerReader _answer;
    private bool _isTunnel;

    public AnswerRig(long maxResponseBytes, int keptAnswerBytes = 0, OctetPool? answerPool = null, long? cutBodyBytes = null) =>
        _answer = new AnswerReader(_reader, maxResponseBytes, keptAnswerBytes, answerPool, cutBodyBytes);

    public bool IsAwaitingAnswer => _reader.IsAwaitingResponse && !_isTunnel;

    public int Status => _answer.Status;

    public long BodyOctets => _answer.BodyOctets;

    public long RawOctets => _reader.RawOctets;

    public bool IsReusable => _reader.IsReusable;

    public void Begin(KnownMethod method) => _reader.Begin(method);

    /// <summary>Reads to the end of an answer, or of the octets.</summary>
    public AnswerProgress Receive(ReadOnlySpan<byte> octets, out int consumed)
    {
        consumed = 0;
        while (true)
        {
            if (!_reader.HasBegun && consumed < octets.Length)
            {
                _answer.Begin();
            }

            var readEvent = _reader.Read(octets[consumed..], out var read);
            consumed += read;
            var progress = readEvent.Kind switch
            {
                ReadEventKind.Head => _answer.OnHead(readEvent.RawOctets),
                ReadEventKind.Body => _answer.OnBody(readEvent.RawOctets),
                ReadEventKind.End => _answer.OnEnd(),
                ReadEventKind.NeedMore => AnswerProgress.Pending,
                _ => AnswerProgress.Malformed,
            };
            _isTunnel = _reader.BodyFraming == BodyFraming.Tunnel;
            if (progress != AnswerProgress.Pending || readEvent.Kind == ReadEventKind.NeedMore)
            {
                return progress;
            }
        }
    }

    public AnswerProgress Receive(ReadOnlySpan<byte> octets) => Receive(octets, out _);

    /// <summary>The octets end.</summary>
    /// <returns>False when the answer is not whole.</returns>
    public bool ReceiveEnd() => _reader.TryFinish() && _answer.OnEnd() == AnswerProgress.Answered;

    public Message? TakeAnswer() => _answer.Take();

    public void DropAnswer() => _answer.Drop();
}

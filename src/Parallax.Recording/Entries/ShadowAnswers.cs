using System.Buffers;
using System.Text;
using Parallax.Traffic.Exchanges;
using Parallax.Wire;

namespace Parallax.Recording.Entries;

/// <summary>What one shadow answered, until it is recorded.</summary>
/// <param name="Mirror">The name of the mirror.</param>
/// <param name="Failure">Why there is no whole answer, see <see cref="ShadowFailures"/>; 0 when there is one.</param>
/// <param name="Sent">When the request was sent; not known when it never was.</param>
/// <param name="Last">When the last octet came, or the request was over in another way.</param>
/// <param name="Answer">The answer; one reference goes with it. Null when there is none.</param>
/// <remarks>Thread safety: an immutable value.</remarks>
public readonly record struct ShadowAnswer(string Mirror, byte Failure, Timestamp Sent, Timestamp Last, Message? Answer);

/// <summary>What the shadows of one request answered, in the order in which they did.</summary>
/// <remarks>Ownership: holds a reference of each answer until it is disposed of. Thread safety: none.</remarks>
public sealed class ShadowAnswers : IDisposable
{
    private readonly List<ShadowAnswer> _answers = [];

    /// <summary>How many there are.</summary>
    public int Count => _answers.Count;

    /// <summary>What the answers hold of their pool, in bytes.</summary>
    public long HeldBytes { get; private set; }

    /// <summary>Takes one over, <see cref="RecordedShadows.MaxCount"/> at most.</summary>
    public void Add(in ShadowAnswer answer)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(_answers.Count, RecordedShadows.MaxCount);
        _answers.Add(answer);
        HeldBytes += answer.Answer?.HeldBytes ?? 0;
    }

    /// <summary>Gives the answers up.</summary>
    public void Dispose()
    {
        foreach (var answer in _answers)
        {
            answer.Answer?.Dispose();
        }

        _answers.Clear();
        HeldBytes = 0;
    }

    /// <summary>Writes them as an entry holds them.</summary>
    /// <param name="list">Emptied before.</param>
    /// <returns>A view of <paramref name="list"/>.</returns>
    internal RecordedShadows Write(ArrayBufferWriter<byte> list)
    {
        list.ResetWrittenCount();
        var octets = new ArrayBufferWriter<byte>();
        foreach (var answer in _answers)
        {
            octets.ResetWrittenCount();
            foreach (var block in answer.Answer?.Blocks ?? default)
            {
                octets.Write(block.Span);
            }

            var name = Encoding.UTF8.GetBytes(answer.Mirror);
            new RecordedShadow
            {
                Mirror = name.AsSpan(0, Math.Min(name.Length, byte.MaxValue)),
                Failure = answer.Failure,
                Sent = answer.Sent,
                Last = answer.Last,
                Response = octets.WrittenSpan,
            }.AppendTo(list);
        }

        return new(list.WrittenSpan, _answers.Count);
    }
}

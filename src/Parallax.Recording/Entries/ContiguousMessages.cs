using Parallax.Traffic.Exchanges;

namespace Parallax.Recording.Entries;

/// <summary>Puts the blocks of messages together into one piece each, for those who must look at them as a whole.</summary>
/// <remarks>Allocates nothing once its buffer has the working size. Thread safety: none.</remarks>
public sealed class ContiguousMessages
{
    private const int MaxKeptBytes = 4 << 20;

    private byte[] _buffer = [];

    /// <summary>An entry of the two messages.</summary>
    /// <param name="facts">Everything but the octets.</param>
    /// <param name="request">The request; null when it was not seen.</param>
    /// <param name="response">The response; null when it was not seen.</param>
    /// <param name="entry">Valid until the next call.</param>
    /// <returns>False when they are too large to be put together.</returns>
    public bool TryMake(scoped in EntryFacts facts, Message? request, Message? response, out RecordedEntry entry)
    {
        entry = default;
        var octets = (request?.RawOctets ?? 0) + (response?.RawOctets ?? 0);
        if (octets > RecordingLimits.MaxStoredBytes)
        {
            return false;
        }

        if (_buffer.Length < octets || (_buffer.Length > MaxKeptBytes && octets < MaxKeptBytes))
        {
            _buffer = new byte[Math.Max(octets, 1 << 16)];
        }

        var rest = _buffer.AsSpan();
        entry = new()
        {
            Facts = facts,
            HasRequest = request is not null,
            HasResponse = response is not null,
            Request = Put(request, ref rest),
            Response = Put(response, ref rest),
        };
        return true;
    }

    private static ReadOnlySpan<byte> Put(Message? message, scoped ref Span<byte> rest)
    {
        var whole = rest[..(int)(message?.RawOctets ?? 0)];
        if (message is not null)
        {
            foreach (var block in message.Blocks)
            {
                block.Span.CopyTo(rest);
                rest = rest[block.Length..];
            }
        }

        return whole;
    }
}

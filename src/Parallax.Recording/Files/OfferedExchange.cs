using Parallax.Recording.Entries;
using Parallax.Traffic.Exchanges;

namespace Parallax.Recording.Files;

/// <summary>An exchange on its way to the recorder's thread.</summary>
/// <remarks>Ownership: holds a reference of each message until it is disposed of. Thread safety: an immutable value.</remarks>
/// <param name="Facts">What is known of it.</param>
/// <param name="Request">The request; null when it was not seen.</param>
/// <param name="Response">The response; null when it was not seen.</param>
/// <param name="Shadows">What shadows answered; null for nothing.</param>
internal readonly record struct OfferedExchange(EntryFacts Facts, Message? Request, Message? Response, ShadowAnswers? Shadows) : IDisposable
{
    /// <summary>What its messages hold of their pools.</summary>
    public long Bytes => (Request?.HeldBytes ?? 0) + (Response?.HeldBytes ?? 0) + (Shadows?.HeldBytes ?? 0);

    /// <inheritdoc/>
    public void Dispose()
    {
        Request?.Dispose();
        Response?.Dispose();
        Shadows?.Dispose();
    }
}

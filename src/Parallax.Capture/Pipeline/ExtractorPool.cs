using Parallax.Traffic.Exchanges;
using Parallax.Wire.Http1;

namespace Parallax.Capture.Pipeline;

/// <summary>Lends extractors to the halves that have a message in progress.</summary>
/// <remarks>Thread safety: none; one per shard.</remarks>
internal sealed class ExtractorPool(OctetPool pool, ExtractionOptions options, bool keepsResponses, ExtractionCounters counters)
{
    private readonly Spares<MessageExtractor> _requests = new();
    private readonly Spares<MessageExtractor> _responses = new();

    /// <param name="kind">Which messages the half carries.</param>
    /// <param name="isLost">True when the half has to find the next message first.</param>
    public MessageExtractor Rent(MessageKind kind, bool isLost)
    {
        var extractor = SparesOf(kind).Take() ?? new(kind, pool, options, kind == MessageKind.Request || keepsResponses, counters);
        if (isLost)
        {
            extractor.Reader.StartResynchronising();
        }

        return extractor;
    }

    public void Return(MessageExtractor extractor)
    {
        extractor.Reset();
        SparesOf(extractor.Kind).Keep(extractor);
    }

    private Spares<MessageExtractor> SparesOf(MessageKind kind) => kind == MessageKind.Request ? _requests : _responses;
}

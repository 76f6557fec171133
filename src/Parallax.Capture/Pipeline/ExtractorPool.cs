using Parallax.Traffic.Exchanges;
using Parallax.Wire.Http1;

namespace Parallax.Capture.Pipeline;

/// <summary>Lends extractors to the halves that have a message in progress.</summary>
/// <remarks>Thread safety: none; one per shard.</remarks>
internal sealed class ExtractorPool(OctetPool pool, ExtractionOptions options, bool keepsResponses)
{
    private readonly Spares<HalfExtractor> _requests = new();
    private readonly Spares<HalfExtractor> _responses = new();

    /// <param name="forRequests">Which half.</param>
    /// <param name="isLost">True when the half has to find the next message first.</param>
    public HalfExtractor Rent(bool forRequests, bool isLost)
    {
        var spare = forRequests ? _requests : _responses;
        var extractor = spare.Take()
            ?? new(forRequests ? MessageKind.Request : MessageKind.Response, pool, options, forRequests || keepsResponses);
        if (isLost)
        {
            extractor.Reader.StartResynchronising();
        }

        return extractor;
    }

    public void Return(HalfExtractor extractor)
    {
        extractor.Reset();
        (extractor.Kind == MessageKind.Request ? _requests : _responses).Keep(extractor);
    }
}

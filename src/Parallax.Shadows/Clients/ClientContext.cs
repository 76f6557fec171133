using Parallax.Reactor.Connections;
using Parallax.Traffic.Exchanges;

namespace Parallax.Shadows.Clients;

/// <summary>What the connections of one loop to one server share.</summary>
/// <remarks>Thread safety: belongs to the loop's thread.</remarks>
internal sealed class ClientContext(IEventLoop loop, ClientOptions options, ClientConfig config)
{
    /// <summary>The loop.</summary>
    public IEventLoop Loop { get; } = loop;

    /// <summary>The loop's clock. Times that are reported are read when something happens, not once per turn, so that what a busy turn
    /// costs shows in them.</summary>
    public TimeProvider Clock => Loop.Clock;

    /// <summary>The limits.</summary>
    public ClientOptions Options { get; } = options;

    /// <summary>Writes the heads.</summary>
    public RequestHeads Heads { get; } = new(config.Rewriter);

    /// <summary>Lends what answers are kept in; null when none is kept.</summary>
    public OctetPool? AnswerPool { get; } = options.KeptAnswerBytes > 0 ? config.AnswerPool ?? new OctetPool() : null;

    /// <summary>How fast long answers are read; null for as fast as they come.</summary>
    public AnswerPace? Pace { get; } = options.PacesAnswers ? new AnswerPace(loop, options.LongAnswerBytesPerSecond) : null;
}

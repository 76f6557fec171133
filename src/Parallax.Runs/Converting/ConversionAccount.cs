using Parallax.Capture.Pipeline;
using Parallax.Recording.Entries;
using Parallax.Recording.Files;
using Parallax.Recording.Plx;
using Parallax.Traffic.Redaction;

namespace Parallax.Runs.Converting;

/// <summary>What came of a conversion.</summary>
/// <remarks>Thread safety: immutable.</remarks>
public sealed record ConversionAccount
{
    /// <summary>The format written.</summary>
    public RecordingFormat Format { get; init; }

    /// <summary>Whether secrets in the output are replaced.</summary>
    public RedactionState Redaction { get; init; }

    /// <summary>Exchanges written.</summary>
    public long Written { get; init; }

    /// <summary>Those of them without a request.</summary>
    public long WithoutRequest { get; init; }

    /// <summary>Those of them without a response.</summary>
    public long WithoutResponse { get; init; }

    /// <summary>Exchanges that the format cannot carry.</summary>
    public long Refused { get; init; }

    /// <summary>Exchanges that were not asked for.</summary>
    public long NotSelected { get; init; }

    /// <summary>What was captured, when the input is a capture.</summary>
    public CaptureAccount? Capture { get; init; }

    /// <summary>What of a recording could not be read.</summary>
    public RecordingLosses Losses { get; init; }

    /// <summary>Entries that the reader left out, indexed by <see cref="LeftOutReason"/>.</summary>
    public IReadOnlyList<long> LeftOut { get; init; } = [];

    /// <summary>Bodies that could not be looked into for secrets, indexed by <see cref="WithheldReason"/>.</summary>
    public IReadOnlyList<long> Withheld { get; init; } = [];

    /// <summary>False when the input is a .plx file that its writer did not close.</summary>
    public bool WasClosed { get; init; } = true;

    /// <summary>Size of the output, in bytes.</summary>
    public long Bytes { get; init; }
}

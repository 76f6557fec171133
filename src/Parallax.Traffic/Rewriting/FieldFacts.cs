namespace Parallax.Traffic.Rewriting;

/// <summary>What was seen, and done, in the fields of the head being written.</summary>
internal struct FieldFacts
{
    /// <summary>The edits carried out, a bit each.</summary>
    public ulong EditsDone;

    /// <summary>The edits whose value is empty for this message, so that they change nothing, a bit each.</summary>
    public ulong EditsEmpty;

    public bool HasHost { get; set; }

    public bool HasForwardedFor { get; set; }

    public bool HasForwardedProto { get; set; }

    public bool HasRequestId { get; set; }

    /// <summary>A Content-Length was kept.</summary>
    public bool HasLength { get; set; }

    /// <summary>Connection names keep-alive.</summary>
    public bool KeepsAlive { get; set; }

    /// <summary>TE names trailers.</summary>
    public bool TakesTrailers { get; set; }
}

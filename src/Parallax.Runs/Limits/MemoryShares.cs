namespace Parallax.Runs.Limits;

/// <summary>Shares the heap out among what is held at a time, so that the shares together are less than there is. Where there is plenty,
/// nobody takes more than it has a use for.</summary>
/// <remarks>
/// Of a proxy: a quarter for what clients hold and a quarter for copies (see <see cref="ResourceShares"/>), an eighth for connections, an
/// eighth for what is being recorded. Of the other commands: a quarter for messages and a quarter of that for packets out of order, an
/// eighth for what waits for a target, a sixteenth for flows; an entry of a recording is held several times over while it is read, so that
/// it may be a sixteenth. The rest is the runtime's. Thread safety: pure functions.
/// </remarks>
public static class MemoryShares
{
    private const long MaxRecordedBytes = 256L << 20;
    private const long MaxBodyBytes = 16L << 20;
    private const long MaxMessageBytes = 256L << 20;
    private const long MaxWaitingBytes = 128L << 20;
    private const long MaxKeptBodyBytes = 64L << 20;
    private const int MaxFlows = 200_000;

    // A flow of which nothing is held but its own objects.
    private const int BytesPerFlow = 1152;

    /// <summary>Memory for exchanges that a proxy records, in bytes.</summary>
    public static long RecordedBytesOf(long heapBytes) => Math.Min(MaxRecordedBytes, heapBytes / 8);

    /// <summary>The largest body that a proxy records: while its secrets are replaced, there is several times as much of it.</summary>
    /// <param name="recordedBytes">Memory for exchanges that are being recorded, in bytes.</param>
    public static long BodyBytesOf(long recordedBytes) => Math.Min(MaxBodyBytes, recordedBytes / 8);

    /// <summary>Memory for messages that were captured or are replayed, in bytes.</summary>
    public static long MessageBytesOf(long heapBytes) => Math.Min(MaxMessageBytes, heapBytes / 4);

    /// <summary>The largest body that is kept of a captured message, in bytes.</summary>
    /// <param name="messageBytes">Memory for messages.</param>
    public static long KeptBodyBytesOf(long messageBytes) => Math.Min(MaxKeptBodyBytes, messageBytes / 4);

    /// <summary>Memory of what waits for a target, in bytes.</summary>
    public static long WaitingBytesOf(long heapBytes) => Math.Min(MaxWaitingBytes, heapBytes / 8);

    /// <summary>Connections that are followed at once.</summary>
    public static int FlowsOf(long heapBytes) => (int)Math.Min(MaxFlows, heapBytes / 16 / BytesPerFlow);
}

using System.Text.Json;

namespace Parallax.Cli.Demo;

/// <summary>What the demonstration needs of the account that <c>parallax capture --json</c> prints last.</summary>
/// <param name="Packets">Packets received.</param>
/// <param name="KernelLoss">Packets the kernel had no room for.</param>
/// <param name="RequestsSeen">Requests read from packets.</param>
/// <param name="Offered">Requests offered to the shadow target.</param>
/// <param name="Answered">Shadows answered.</param>
/// <param name="Failed">Shadows without an answer.</param>
/// <param name="Dropped">Shadows not sent.</param>
/// <param name="DelayMedian">From a request's last packet to its shadow being sent, in nanoseconds.</param>
/// <param name="DelayP99">The same, 99th percentile.</param>
internal sealed record CaptureResult(
    long Packets,
    long KernelLoss,
    long RequestsSeen,
    long Offered,
    long Answered,
    long Failed,
    long Dropped,
    long DelayMedian,
    long DelayP99)
{
    /// <summary>True when every request that was read is explained.</summary>
    public bool IsWhole => RequestsSeen == Offered && Offered == Answered + Failed + Dropped;

    public static CaptureResult Of(JsonElement account)
    {
        var capture = account.GetProperty("capture");
        var mirror = account.GetProperty("mirrors")[0];
        return new(
            Number(capture, "packets"),
            Number(capture, "kernelLoss"),
            Number(capture, "requestsSeen"),
            Number(mirror, "offered"),
            Number(mirror, "answered"),
            Sum(mirror, "failed"),
            Sum(mirror, "dropped"),
            Number(mirror, "delayMedianNanoseconds"),
            Number(mirror, "delayP99Nanoseconds"));
    }

    private static long Number(JsonElement parent, string name) => parent.GetProperty(name).GetInt64();

    private static long Sum(JsonElement parent, string name) =>
        parent.GetProperty(name).EnumerateObject().Sum(each => each.Value.GetInt64());
}

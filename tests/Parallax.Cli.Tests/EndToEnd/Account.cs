using System.Text.Json;

namespace Parallax.Cli.Tests.EndToEnd;

/// <summary>The account of a run as <c>--json</c> prints it.</summary>
internal sealed class Account
{
    private readonly JsonElement _root;

    private Account(JsonElement root) => _root = root;

    public static Account Parse(string line) => new(JsonDocument.Parse(line).RootElement);

    /// <summary>A number of the capturing side.</summary>
    public long this[string name] => _root.GetProperty("capture").GetProperty(name).GetInt64();

    /// <summary>Requests that a proxy answered with a status from 200 to 299.</summary>
    public long Answered =>
        _root.GetProperty("proxy").GetProperty("answeredByClass").TryGetProperty("2xx", out var count) ? count.GetInt64() : 0;

    /// <summary>A number of a mirror.</summary>
    public long Of(string name, int mirror = 0) => Mirror(mirror).GetProperty(name).GetInt64();

    /// <summary>How many went for one reason: <c>Of("failed", "refused")</c>.</summary>
    public long Of(string map, string reason, int mirror = 0) =>
        Mirror(mirror).GetProperty(map).TryGetProperty(reason, out var count) ? count.GetInt64() : 0;

    /// <summary>The sum over all reasons.</summary>
    public long Sum(string map, int mirror = 0) => Sum(Mirror(mirror).GetProperty(map));

    /// <summary>Nothing is lost silently: every sum comes out, for the capture and for each mirror.</summary>
    public Account AssertAddsUp()
    {
        var capture = _root.GetProperty("capture");
        Assert.Equal(this["packets"], Sum(capture.GetProperty("decoded")));
        Assert.Equal(Decoded("ok"), this["segments"] + this["deniedVnis"] + this["otherPorts"] + this["inboxDrops"]);
        Assert.Equal(this["requestsSeen"], this["requestsComplete"] + this["requestsTruncated"] + this["requestsIncomplete"]);
        for (var mirror = 0; mirror < _root.GetProperty("mirrors").GetArrayLength(); mirror++)
        {
            Assert.Equal(this["requestsSeen"], Of("received", mirror));
            var skipped = Of("notMatched", mirror) + Of("notSampled", mirror) + Of("otherMethods", mirror) + Sum("droppedByPolicy", mirror);
            Assert.Equal(Of("received", mirror), Of("offered", mirror) + skipped);
            Assert.Equal(Of("offered", mirror), Of("answered", mirror) + Sum("failed", mirror) + Sum("dropped", mirror));
            Assert.Equal((0, 0, 0), (Of("queued", mirror), Of("inFlight", mirror), Of("unexplained", mirror)));
        }

        return this;
    }

    public override string ToString() => _root.GetRawText();

    private long Decoded(string status) =>
        _root.GetProperty("capture").GetProperty("decoded").TryGetProperty(status, out var count) ? count.GetInt64() : 0;

    private JsonElement Mirror(int mirror) => _root.GetProperty("mirrors")[mirror];

    private static long Sum(JsonElement map) => map.EnumerateObject().Sum(each => each.Value.GetInt64());
}

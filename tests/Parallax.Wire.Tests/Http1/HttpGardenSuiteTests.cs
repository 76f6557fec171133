using System.Text.Json;
using Parallax.Wire.Http1;

namespace Parallax.Wire.Tests.Http1;

/// <summary>The 40 smuggling payloads of HTTP Garden against the policy of the proxy: each is refused, or harmless as it stands.</summary>
public sealed class HttpGardenSuiteTests
{
    /// <summary>Payloads that are valid HTTP/1.1 but for a missing Host: what went wrong there was what a server did with them.</summary>
    private static readonly Dictionary<string, string> Harmless = new()
    {
        ["garden/31"] = "Content-Length: 010 is ten (RFC 9110 §8.6), and is read as ten",
        ["garden/38"] = "X:POST / HTTP/1.1 is a trailer field, and is read as one",
        ["garden/44"] = "nothing is read after Connection: close, valid or not",
        ["garden/48"] = "a plain GET; the defect was in handling the next request",
        ["garden/68"] = "a GET may have a body, and keeps it",
    };

    [Fact]
    public void EveryPayload_ActivePolicy_IsRefusedOrHarmless()
    {
        var payloads = SuiteFiles.Read("http-garden.jsonl");

        // Many lack a Host; refusing them for that alone would prove nothing.
        var accepted = payloads.Where(item => Errors(item, Transcript.Strict).Count == 0 || IsUnfinished(item)).Select(Id);
        Assert.Equal(Harmless.Keys.Order(), accepted.Order());
        Assert.Equal(40, payloads.Count);
    }

    [Fact]
    public void EveryPayload_ActivePolicyAsItIs_OnlyTwoAreAccepted()
    {
        var accepted = SuiteFiles.Read("http-garden.jsonl").Where(item => Errors(item, Http1Policy.Active).Count == 0).Select(Id);
        Assert.Equal(["garden/31", "garden/48"], accepted);
    }

    private static string Id(JsonElement item) => item.Text("id")!;

    private static bool IsUnfinished(JsonElement item) => Errors(item, Transcript.Strict).Contains(Http1Error.Truncated);

    private static List<Http1Error> Errors(JsonElement item, Http1Policy policy) =>
        Transcript.OfEverySplit(MessageKind.Request, policy, item.GetProperty("request_b64").GetBytesFromBase64()).Errors;
}

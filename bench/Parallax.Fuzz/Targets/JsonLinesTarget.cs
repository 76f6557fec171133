using Parallax.Fuzz.Engine;
using Parallax.Recording.JsonLines;

namespace Parallax.Fuzz.Targets;

/// <summary>JSON lines, ours and those that somebody changed.</summary>
internal static class JsonLinesTarget
{
    public static FuzzTarget Make() => new()
    {
        Name = "json-lines",
        Seeds = [SampleEntries.Write(file => new JsonLinesWriter(file))],
        Words =
        [
            "{", "}", "[", "]", ",", ":", "\"\"", "null", "true", "-1", "1e308", "\n", "\"\\ud800\"", "\\u000d\\u000a", "\\u0000",
            "\"schema\":1", "\"kind\":\"exchange\"", "\"kind\":\"request\"", "\"kind\":\"account\"", "\"method\":", "\"target\":",
            "\"status\":", "\"requestHeaders\":[[\"Content-Length\",\"5\"]]", "[\"Transfer-Encoding\",\"chunked\"]", "\"requestBody\":",
            "\"requestRaw\":null", "\"requestBodyBase64\":\"b2s=\"", "\"responseRaw\":", "\"shadows\":[{}]", "\"flags\":[\"SnapCut\"]",
            "\"requestVersion\":\"HTTP/1.0\"",
        ],
        Run = (input, outcome) => Recordings.Check(() => new JsonLinesReader(new MemoryStream(input), "fuzz.jsonl"), outcome),
        MaxAllocatedPerOctet = 32 << 10,
    };
}

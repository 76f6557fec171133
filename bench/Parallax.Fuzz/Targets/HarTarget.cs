using Parallax.Fuzz.Engine;
using Parallax.Recording.Har;

namespace Parallax.Fuzz.Targets;

/// <summary>HTTP Archives, ours and those of other tools.</summary>
internal static class HarTarget
{
    private const string OfABrowser =
        """
        {"log":{"version":"1.2","pages":[],"entries":[
        {"startedDateTime":"2024-05-01T10:00:00.123+02:00","time":5.5,"connection":"80","serverIPAddress":"192.0.2.1",
        "request":{"method":"POST","url":"https://h.example:8443/a?b=c#d","httpVersion":"h2","headers":[{"name":":authority","value":"h"},
        {"name":"Content-Type","value":"application/x-www-form-urlencoded"}],"queryString":[{"name":"b","value":"c"}],"cookies":[],
        "postData":{"mimeType":"application/x-www-form-urlencoded","params":[{"name":"x","value":"y"}],"text":"x=y"},"bodySize":3},
        "response":{"status":200,"statusText":"OK","httpVersion":"HTTP/1.1","headers":[{"name":"content-encoding","value":"gzip"}],
        "content":{"size":2,"mimeType":"text/plain; charset=utf-8","text":"b2s=","encoding":"base64"},"redirectURL":"","bodySize":-1},
        "timings":{"blocked":-1,"send":0.1,"wait":2,"receive":3}},
        {"startedDateTime":"2024-05-01T10:00:01Z","time":0,"request":{"method":"GET","url":"http://h/ä b","headers":[]},
        "response":{"status":0,"headers":[],"content":{}}}]}}
        """;

    public static FuzzTarget Make() => new()
    {
        Name = "har",
        Seeds = [SampleEntries.Write(file => new HarWriter(file)), System.Text.Encoding.UTF8.GetBytes(OfABrowser)],
        Words =
        [
            "{", "}", "[", "]", ",", ":", "\"\"", "null", "true", "-1", "1e308", "1e999", "\"\\u0000\"", "\"\\ud800\"", "\\u000d\\u000a",
            "\"log\":", "\"entries\":[", "\"request\":{", "\"response\":{", "\"postData\":{", "\"params\":[", "\"fileName\":\"a\"",
            "\"encoding\":\"base64\"", "\"_file\":\"a\"", "\"text\":", "\"url\":\"data:,a\"", "\"url\":\"ws://a\"",
            "multipart/form-data; boundary=x", "\"_parallax\":{", "9999-12-31T23:59:59.9999999Z", "0001-01-01T00:00:00Z",
            "\"headers\":[{\"name\":\"Content-Length\",\"value\":\"5\"}]", "{\"name\":\"Transfer-Encoding\",\"value\":\"chunked\"}",
            "{\"name\":\"Host\",\"value\":\"a\\r\\nb\"}",
        ],
        Run = (input, outcome) => Recordings.Check(() => new HarReader(new MemoryStream(input), "fuzz.har"), outcome),
        MaxAllocatedPerOctet = 32 << 10,
    };
}

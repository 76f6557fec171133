using System.Text;
using System.Text.Json;
using Parallax.Wire.Http1;

namespace Parallax.Wire.Tests.Http1;

/// <summary>The 152 parser cases of llhttp: each is read whole, octet by octet and at every split, and agrees or is an exception.</summary>
public sealed class LlhttpSuiteTests
{
    /// <summary>Cases that end differently when read with the policy that fits their mode, and why. Each really does: that is
    /// tested.</summary>
    private static readonly Dictionary<string, string> Exceptions = new()
    {
        ["request/content-length.md:78"] = "unfinished head: lengths are judged when the head is whole",
        ["request/content-length.md:103"] = "unfinished head: lengths are judged when the head is whole",
        ["request/content-length.md:496"] = "no line end after the wrong octet: a line is judged when it is whole",
        ["request/invalid.md:493"] = "no line end after the wrong octet: a line is judged when it is whole",
        ["request/lenient-header-value-relaxed.md:141"] = "unfinished head without a field yet; whitespace before the first is put up with",
        ["response/invalid.md:215"] = "no line end after the wrong octet: a line is judged when it is whole",
        ["request/content-length.md:447"] = "the caller of llhttp skips the body by hand",
        ["response/content-length.md:126"] = "the caller of llhttp skips the body by hand",
        ["request/content-length.md:522"] = "leniency we do not have: a CR alone ends no line",
        ["request/invalid.md:184"] = "leniency we do not have: a CR alone ends no line",
        ["request/lenient-headers.md:112"] = "leniency we do not have: a CR alone ends no line",
        ["request/transfer-encoding.md:945"] = "read loosely, what is stuck to chunked is overlooked",
        ["request/transfer-encoding.md:1144"] = "leniency we do not have: a chunk without a line end",
        ["request/lenient-version.md:7"] = "leniency we do not have: HTTP/5.6",
        ["request/lenient-header-value-relaxed.md:71"] = "read loosely, a lone LF ends a line",
        ["request/invalid.md:359"] = "any token is a method",
        ["request/method.md:99"] = "strictly, a CONNECT that promises a body is refused",
        ["request/method.md:138"] = "strictly, * is the target of OPTIONS only (RFC 9112 §3.2.4)",
        ["request/transfer-encoding.md:754"] = "strictly, a target holds no fragment (RFC 9112 §3.2)",
        ["request/transfer-encoding.md:796"] = "strictly, a target holds no fragment (RFC 9112 §3.2)",
        ["request/uri.md:168"] = "strictly, a target holds no fragment (RFC 9112 §3.2)",
        ["request/method.md:405"] = "RTSP",
        ["request/method.md:433"] = "RTSP",
        ["response/sample.md:63"] = "ICE",
        ["request/transfer-encoding.md:539"] = "without chunked, Content-Length counts: identity is not a coding",
        ["response/connection.md:167"] = "octets after the last message are thrown away without an error",
        ["response/connection.md:196"] = "octets after the last message are looked at, and are no HTTP",
        ["response/transfer-encoding.md:46"] = "strictly, chunked is the only coding",
        ["response/transfer-encoding.md:77"] = "strictly, chunked is the only coding",
    };

    /// <summary>What of the above also ends differently when everything llhttp accepts is read loosely.</summary>
    private static readonly string[] LooseExceptions =
    [
        "request/content-length.md:447", "response/content-length.md:126", "request/content-length.md:522",
        "request/lenient-headers.md:112", "request/transfer-encoding.md:1144",
        "request/lenient-version.md:7", "request/method.md:405", "request/method.md:433", "response/sample.md:63",
        "request/transfer-encoding.md:539", "response/connection.md:196",
    ];

    [Fact]
    public void EveryCase_PolicyOfItsMode_AgreesOrIsAnException()
    {
        var cases = SuiteFiles.Read("llhttp.jsonl");
        var different = cases.Where(item => Difference(item, PolicyFor(item.Text("mode")!)) is not null).Select(Id);
        Assert.Equal(Exceptions.Keys.Order(), different.Order());
        Assert.Equal(152, cases.Count);
    }

    [Fact]
    public void EveryAcceptedCase_ReadLoosely_AgreesOrIsAnException()
    {
        var accepted = SuiteFiles.Read("llhttp.jsonl").Where(item => !IsError(item)).ToList();
        var different = accepted.Where(item => Difference(item, Transcript.Loose) is not null).Select(Id);
        Assert.Equal(LooseExceptions.Order(), different.Order());
    }

    private static string Id(JsonElement item) => item.Text("id")!;

    private static bool IsError(JsonElement item) => item.GetProperty("error").ValueKind == JsonValueKind.Object;

    private static Http1Policy PolicyFor(string mode) =>
        mode.StartsWith("lenient", StringComparison.Ordinal) ? Transcript.Loose : Transcript.Strict;

    private static string? Difference(JsonElement item, Http1Policy policy)
    {
        var kind = item.Text("kind") == "request" ? MessageKind.Request : MessageKind.Response;
        var read = Transcript.OfEverySplit(kind, policy, item.GetProperty("input_b64").GetBytesFromBase64());

        // Behind an upgrade llhttp stops; a reader goes on until the response has decided.
        var isRefused = read.Errors.Any(error => error != Http1Error.Truncated);
        if (!item.GetProperty("upgrade").GetBoolean() && IsError(item) != isRefused)
        {
            return isRefused ? "refused" : "accepted";
        }

        return IsError(item) ? null : DifferenceOfMessages(item, read);
    }

    private static string? DifferenceOfMessages(JsonElement item, Transcript read)
    {
        var expected = item.GetProperty("messages").EnumerateArray()
            .Where(message => message.GetProperty("headers_complete").GetBoolean()).ToList();
        if (expected.Count != read.Messages.Count)
        {
            return "number of messages";
        }

        return expected.Zip(read.Messages).Select(pair => DifferenceOf(pair.First, pair.Second)).FirstOrDefault(text => text is not null);
    }

    private static string? DifferenceOf(JsonElement expected, ReadMessage read)
    {
        var fields = expected.GetProperty("headers").EnumerateArray()
            .Select(field => $"{field[0].GetString()!.Trim()}:{Flat(field[1].GetString()!)}");
        var status = expected.GetProperty("status");
        var body = Encoding.Latin1.GetString(expected.GetProperty("body_b64").GetBytesFromBase64());
        var untilClose = read.Status > 0 && read.HasEnded && !read.IsIncomplete && !expected.GetProperty("complete").GetBoolean();
        return (expected.Text("method") ?? "") != read.Method ? "method"
            : (expected.Text("url") ?? "") != read.Target ? "target"
            : expected.Text("version") != $"1.{read.Minor}" ? "version"
            : (status.ValueKind == JsonValueKind.Number ? status.GetInt32() : 0) != read.Status ? "status"
            : !fields.SequenceEqual(read.Fields.Select(field => $"{field.Name}:{Flat(field.Value)}")) ? "fields"
            : body != read.Content.ToString() ? "body"
            : !untilClose && expected.GetProperty("complete").GetBoolean() != (read.HasEnded && !read.IsIncomplete) ? "completeness"
            : null;
    }

    /// <summary>llhttp leaves the line ends of folds out and keeps whitespace at the end.</summary>
    private static string Flat(string value) =>
        value.Replace("\r", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal).Trim();
}

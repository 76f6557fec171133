using System.Text;
using System.Text.Json.Nodes;
using Parallax.Recording.Har;
using Parallax.Recording.Tests.Files;
using Parallax.Recording.Tests.Plx;
using Parallax.Traffic.Exchanges;

namespace Parallax.Recording.Tests.Har;

/// <summary>HAR files as a test needs them, and what is read of them.</summary>
internal static class HarTexts
{
    private const string Shop = "http://shop.example/";

    public const string Form = "application/x-www-form-urlencoded";

    /// <summary>An entry.</summary>
    /// <param name="method">The method.</param>
    /// <param name="url">The URL.</param>
    /// <param name="post">JSON of postData; empty for none.</param>
    /// <param name="fields">Fields as <c>Name: value</c>.</param>
    public static JsonObject Entry(string method = "GET", string url = Shop, string post = "", params string[] fields) => new()
    {
        ["startedDateTime"] = "2026-03-01T10:00:00.000Z",
        ["request"] = new JsonObject
        {
            ["method"] = method,
            ["url"] = url,
            ["httpVersion"] = "HTTP/1.1",
            ["headers"] = new JsonArray([.. fields.Select(field => new JsonObject
            {
                ["name"] = field[..field.IndexOf(": ", StringComparison.Ordinal)],
                ["value"] = field[(field.IndexOf(": ", StringComparison.Ordinal) + 2)..],
            })]),
            ["postData"] = post.Length > 0 ? JsonNode.Parse(post) : null,
        },
        ["response"] = new JsonObject { ["status"] = 200, ["headers"] = new JsonArray(), ["content"] = new JsonObject() },
        ["timings"] = new JsonObject { ["send"] = 0, ["wait"] = 1, ["receive"] = 0 },
    };

    /// <summary>The same with another property.</summary>
    public static JsonObject With(this JsonObject entry, string name, JsonNode? value)
    {
        entry[name] = value;
        return entry;
    }

    /// <summary>The file.</summary>
    public static byte[] File(params JsonObject[] entries) => Encoding.UTF8.GetBytes(new JsonObject
    {
        ["log"] = new JsonObject { ["version"] = "1.2", ["entries"] = new JsonArray([.. entries]) },
    }.ToJsonString());

    public static List<StoredEntry> Read(params JsonObject[] entries)
    {
        using var reader = Open(entries);
        return PlxOctets.All(reader);
    }

    public static HarReader Open(params JsonObject[] entries) => new(new MemoryStream(File(entries)), "test.har");

    /// <summary>The only entry's request, one octet a character.</summary>
    public static string Request(JsonObject entry) => Encoding.Latin1.GetString(Assert.Single(Read(entry)).Request!);

    /// <summary>What of the only entry's request is after the head, one octet a character; null when it is not there.</summary>
    public static string? Body(JsonObject entry)
    {
        var read = Assert.Single(Read(entry));
        var request = Encoding.Latin1.GetString(read.Request!);
        var body = request[(request.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
        if (read.Facts.Flags.HasFlag(ExchangeFlags.RequestIncomplete))
        {
            Assert.Equal("", body);
            return null;
        }

        Assert.Contains($"Content-Length: {body.Length}\r\n", request, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("Transfer-Encoding", request, StringComparison.OrdinalIgnoreCase);
        return body;
    }
}

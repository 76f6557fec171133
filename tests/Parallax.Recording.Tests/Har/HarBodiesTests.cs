using System.Text;
using System.Text.Json.Nodes;
using Parallax.Recording.Entries;
using Parallax.Recording.Tests.Plx;

namespace Parallax.Recording.Tests.Har;

/// <summary>Bodies of HAR files: text, base64, forms, and what is not there.</summary>
public sealed class HarBodiesTests
{
    private const string MultipartPost = """
        {"mimeType":"multipart/form-data; boundary=XX","params":[{"name":"t\"1","value":"hello"},
         {"name":"f","fileName":"a.txt","contentType":"text/plain","value":"file"}]}
        """;

    [Theory]
    [InlineData("a=1+%26+2&a=zwei", """[{"name":"a","value":"1 & 2"},{"name":"a","value":"zwei"}]""")]
    [InlineData("%C3%A9=%C3%BC%2B%3D%25", """[{"name":"é","value":"ü+=%"}]""")]
    [InlineData("a=&=b", """[{"name":"a","value":""},{"name":"","value":"b"}]""")]
    [InlineData("f%5B1%5D=v%5B1%5D", """[{"name":"f%5B1%5D","value":"v%5B1%5D"}]""")]
    [InlineData("n=5", """[{"name":"n","value":5}]""")]
    public void Form_InParameters_IsWrittenAgain(string body, string parameters)
    {
        var post = $$"""{"mimeType":"{{HarTexts.Form}}","text":"","params":{{parameters}}}""";

        Assert.Equal(body, HarTexts.Body(HarTexts.Entry("POST", post: post, fields: $"Content-Type: {HarTexts.Form}")));
    }

    [Theory]
    [InlineData("a=b+c", 5)]
    [InlineData("a=b%20c", 7)]
    [InlineData("a=b+c", 99)]
    public void Form_RecordedLength_TellsHowItWasEncoded(string body, int length) => Assert.Equal(body, HarTexts.Body(HarTexts.Entry(
        "POST",
            post: """{"params":[{"name":"a","value":"b c"}]}""",
            fields: [$"Content-Type: {HarTexts.Form}", $"Content-Length: {length}"])));

    [Fact]
    public void Multipart_InParameters_IsWrittenAsBrowsersDo() => Assert.Equal(
        "--XX\r\nContent-Disposition: form-data; name=\"t%221\"\r\n\r\nhello\r\n"
        + "--XX\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\nfile\r\n--XX--\r\n",
        HarTexts.Body(HarTexts.Entry("POST", post: MultipartPost, fields: "Content-Type: multipart/form-data; boundary=XX")));

    [Fact]
    public void Multipart_WithoutABoundary_IsGivenOne()
    {
        const string post = """{"mimeType":"multipart/form-data","params":[{"name":"a","value":"1"}]}""";
        var request = HarTexts.Request(HarTexts.Entry("POST", post: post));

        var boundary = request.Split("boundary=")[1].Split('\r')[0];
        Assert.EndsWith($"--{boundary}\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--{boundary}--\r\n", request);
    }

    [Theory]
    [InlineData("data:text/plain;base64,aGk=", null, "hi")]
    [InlineData("aGk=", "base64", "hi")]
    [InlineData("hi", null, "hi")]
    public void Multipart_File_IsTakenFromItsValue(string value, string? encoding, string content)
    {
        var parameter = new JsonObject { ["name"] = "f", ["fileName"] = "a", ["value"] = value, ["encoding"] = encoding };
        var post = new JsonObject { ["params"] = new JsonArray(parameter) }.ToJsonString();

        Assert.Contains($"\r\n\r\n{content}\r\n--X--", HarTexts.Body(HarTexts.Entry(
            "POST", post: post, fields: "Content-Type: multipart/form-data; boundary=X")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"text":"user=bob","params":[{"name":"user","value":"x"}]}""", "user=bob")]
    [InlineData("""{"text":"pCY3Ew==","encoding":"base64"}""", "\u00A4\u0026\u0037\u0013")]
    [InlineData("""{"text":"not base64!","encoding":"base64"}""", "not base64!")]
    public void Text_Given_IsTheBody(string post, string body) =>
        Assert.Equal(
            body, HarTexts.Body(HarTexts.Entry("POST", post: post, fields: ["Content-Type: text/plain", "Transfer-Encoding: chunked"])));

    [Theory]
    [InlineData("text/plain", 3, "gr\u00C3\u00BCn")] // The length fits nothing: UTF-8, with its own length.
    [InlineData("text/plain", 5, "gr\u00C3\u00BCn")]
    [InlineData("text/plain", 4, "gr\u00FCn")]
    [InlineData("text/plain; charset=iso-8859-1", -1, "gr\u00FCn")]
    [InlineData("text/plain; charset=\"UTF-16LE\"", 8, "g\0r\0\u00FC\0n\0")]
    [InlineData("application/octet-stream", -1, "gr\u00FCn")]
    [InlineData("application/json", -1, "gr\u00C3\u00BCn")]
    public void Text_CharsetAndLength_TellTheOctets(string type, int length, string body)
    {
        string[] fields = length < 0 ? [$"Content-Type: {type}"] : [$"Content-Type: {type}", $"Content-Length: {length}"];

        Assert.Equal(body, HarTexts.Body(HarTexts.Entry("POST", post: """{"text":"grün"}""", fields: fields)));
    }

    [Fact]
    public void Text_HalvesOfCharacters_AreOctetsAsPythonWritesThem()
    {
        var har = Encoding.UTF8.GetString(HarTexts.File(HarTexts.Entry("POST", post: """{"text":"TEXT"}""", fields: "Content-Length: 6")));
        using var reader = new Parallax.Recording.Har.HarReader(
            new MemoryStream(Encoding.UTF8.GetBytes(har.Replace("TEXT", "\\udcffa\\n\\u00e9\\udc80", StringComparison.Ordinal))), "x");

        var request = Encoding.Latin1.GetString(Assert.Single(PlxOctets.All(reader)).Request!);
        Assert.EndsWith("\r\n\r\n\u00FFa\n\u00C3\u00A9\u0080", request, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "POST", "Content-Length: 5")]
    [InlineData("""{"text":""}""", "PUT", "Content-Length: 256")]
    [InlineData("""{"_file":"a.json"}""", "POST", "Content-Length: 5")]
    [InlineData("", "POST", "Transfer-Encoding: chunked")]
    [InlineData("", "POST", "Content-Type: multipart/form-data; boundary=x")]
    [InlineData("", "POST", "Content-Type: application/octet-stream")]
    [InlineData("""{"params":[{"name":"f","fileName":"a.bin"}]}""", "POST", "Content-Type: multipart/form-data; boundary=x")]
    [InlineData("""{"mimeType":"application/json","params":[{"name":"a","value":{}}]}""", "POST", "Content-Type: application/json")]
    [InlineData("""{"text":"\ufffd\ufffd"}""", "POST", "Content-Length: 2")]
    [InlineData("""{"text":"\ufffd"}""", "POST", "Content-Length: 9")]
    public void Body_NotInTheFile_MakesTheRequestIncomplete(string post, string method, string field)
    {
        using var reader = HarTexts.Open(HarTexts.Entry(method, post: post, fields: field));
        Assert.Null(HarTexts.Body(HarTexts.Entry(method, post: post, fields: field)));

        Assert.Single(PlxOctets.All(reader));
        Assert.Equal(1, reader.LeftOut[(int)LeftOutReason.BodyNotInFile]);
        Assert.Equal(0, reader.Losses.LostEntries);
    }

    [Fact]
    public void Text_LongAndCut_MakesTheRequestIncomplete()
    {
        var post = new JsonObject { ["text"] = new string('a', 65_536) }.ToJsonString();

        Assert.Null(HarTexts.Body(HarTexts.Entry("POST", post: post, fields: "Content-Length: 1000000")));
    }

    [Theory]
    [InlineData("GET", "", "Content-Type: application/json")]
    [InlineData("POST", "", "Content-Length: 0")]
    [InlineData("DELETE", "", "Accept: */*")]
    [InlineData("POST", """{"mimeType":"","text":"","params":[]}""", "Accept: */*")]
    public void Body_Never_IsNotMissed(string method, string post, string field)
    {
        var request = HarTexts.Request(HarTexts.Entry(method, post: post, fields: field));

        Assert.EndsWith("\r\n\r\n", request, StringComparison.Ordinal);
        Assert.Equal(method == "POST", request.Contains("Content-Length: 0\r\n", StringComparison.Ordinal));
        Assert.False(Assert.Single(HarTexts.Read(HarTexts.Entry(method, post: post, fields: field))).Facts.Flags.HasFlag(
            Parallax.Traffic.Exchanges.ExchangeFlags.RequestIncomplete));
    }

    [Theory]
    [InlineData("H4sIAAAAAAAAAw==", true)] // Begins like gzip.
    [InlineData("aGVsbG8=", false)]
    public void Coding_StillOnTheBody_StaysInTheHead(string base64, bool stays)
    {
        var post = $$"""{"text":"{{base64}}","encoding":"base64"}""";

        Assert.Equal(stays, HarTexts.Request(HarTexts.Entry("POST", post: post, fields: "Content-Encoding: gzip"))
            .Contains("Content-Encoding", StringComparison.Ordinal));
    }

    [Fact]
    public void HttpToolkitsContent_IsTheBody()
    {
        var entry = HarTexts.Entry("POST", fields: "Content-Length: 2");
        entry["request"]!["_content"] = JsonNode.Parse("""{"text":"AP8=","size":2,"encoding":"base64"}""");

        Assert.Equal("\0\u00FF", HarTexts.Body(entry));
    }

    [Theory]
    [InlineData("""{"size":5,"text":"hello"}""", "hello", false)]
    [InlineData("""{"size":-1,"text":"hello"}""", "hello", false)]
    [InlineData("""{"size":99999,"text":"hello"}""", "hello", false)]
    [InlineData("""{"size":5}""", "", true)]
    [InlineData("""{"size":5,"_file":"none.txt"}""", "", true)]
    [InlineData("""{"size":0,"text":""}""", "", false)]
    public void Response_SizesThatLie_HaveTheContentWithItsLength(string content, string body, bool isCut)
    {
        var entry = HarTexts.Entry();
        entry["response"]!["content"] = JsonNode.Parse(content);
        var read = Assert.Single(HarTexts.Read(entry));

        var length = body.Length > 0 ? $"Content-Length: {body.Length}\r\n" : "";
        Assert.Equal($"HTTP/1.1 200 \r\n{length}\r\n{body}", Encoding.Latin1.GetString(read.Response!));
        Assert.Equal(isCut, read.Facts.Flags.HasFlag(Parallax.Traffic.Exchanges.ExchangeFlags.ResponseIncomplete));
    }
}

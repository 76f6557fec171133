using System.Text;
using Parallax.Recording.Entries;
using Parallax.Recording.Redaction;
using Parallax.Traffic.Contents;
using Parallax.Traffic.Redaction;
using Parallax.Wire.Http1;

namespace Parallax.Recording.Tests.Redaction;

/// <summary>Secrets after content codings, in other encodings of characters, and in what is not text.</summary>
public sealed class CodedSecretsTests
{
    private const string Secret = """{"user":"bob","password":"Zq9vT4mK2pL8"}""";
    private const string Redacted = """{"user":"bob","password":"⟦secret""";
    private const string Harmless = """{"user":"bob","count":17}""";

    private static readonly byte[] Picture = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 0x0D, 0x49, 0x48, 0x44, 0x52, 0,
        0xFF];

    private readonly Redactor _redactor = new("a key of these tests"u8.ToArray());

    public static TheoryData<string> Codings { get; } =
        ["gzip", "x-gzip", "deflate", "br", "zstd", "gzip, br", "deflate,zstd", "gzip\r\nContent-Encoding: gzip",
            "identity\r\nContent-Encoding: gzip", "utf-8"];

    [Theory]
    [MemberData(nameof(Codings))]
    public void Redact_Coded_IsOpenedAndCodedAgain(string codings)
    {
        var entry = Redact($"Content-Type: application/json\r\nContent-Encoding: {codings}", Coded(codings,
            Encoding.UTF8.GetBytes(Secret)));
        Assert.StartsWith(Redacted, Decoded(entry.Request), StringComparison.Ordinal);
        Assert.Contains($"Content-Encoding: {codings}\r\n", Encoding.Latin1.GetString(entry.Request), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Codings))]
    public void Redact_CodedAndHarmless_KeepsItsOctets(string codings)
    {
        var content = Coded(codings, Encoding.UTF8.GetBytes(Harmless));
        var entry = Redact($"Content-Type: application/json\r\nContent-Encoding: {codings}", content);
        Assert.Equal(default, entry.Marks);
        Assert.Equal(content, entry.Request[^content.Length..]);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    [InlineData("zstd")]
    public void Redact_SomethingAfterTheCodedEnd_IsWithheld(string coding)
    {
        var entry = Redact($"Content-Encoding: {coding}", [.. Coded(coding, Encoding.UTF8.GetBytes(Harmless)),
            .. Encoding.UTF8.GetBytes(Secret)]);
        Assert.Equal(1, Withheld(entry, WithheldReason.Coding));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    [InlineData("zstd")]
    public void Redact_SecondStreamOrCutOne_HidesNothing(string coding)
    {
        var second = Coded(coding, Encoding.UTF8.GetBytes(Secret));
        byte[] both = [.. Coded(coding, Encoding.UTF8.GetBytes(Harmless)), .. second];
        var text = Decoded(Redact($"Content-Encoding: {coding}", both).Request);
        Assert.DoesNotContain("Zq9vT4mK2pL8", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Zq9v", Decoded(Redact($"Content-Encoding: {coding}", second[..^3]).Request), StringComparison.Ordinal);
    }

    [Fact]
    public void Redact_CommentOfGzip_IsLeftOut()
    {
        // FCOMMENT, and the text that it announces.
        var gzip = Coded("gzip", Encoding.UTF8.GetBytes(Harmless));
        gzip[3] = 0x10;
        byte[] withComment = [.. gzip[..10], .. "password=Zq9v\0"u8, .. gzip[10..]];
        var entry = Redact("Content-Type: application/json\r\nContent-Encoding: gzip", withComment);
        Assert.True(entry.Request.AsSpan().IndexOf("Zq9v"u8) < 0);
        Assert.Equal(Harmless, Decoded(entry.Request));
    }

    [Theory]
    [InlineData("utf-16", "utf-16le", true)]
    [InlineData("utf-16be", "utf-16be", true)]
    [InlineData("", "utf-16le", false)]
    [InlineData("", "utf-16be", false)]
    [InlineData("utf-32", "utf-32le", true)]
    [InlineData("", "utf-8", true)]
    [InlineData("utf-16", "utf-8", false)]
    public void Redact_OtherEncoding_StaysInIt(string said, string used, bool hasMark)
    {
        var encoding = Encoding.GetEncoding(used);
        var charset = said.Length > 0 ? "; charset=" + said : "";
        byte[] mark = hasMark ? encoding.GetBytes("\uFEFF") : [];
        var entry = Redact("Content-Type: application/json" + charset, [.. mark, .. encoding.GetBytes(Secret)]);
        var body = entry.Request[(entry.Request.AsSpan().IndexOf("\r\n\r\n"u8) + 4)..];
        Assert.StartsWith(Redacted, encoding.GetString(body[mark.Length..]), StringComparison.Ordinal);
        byte[] harmless = [.. mark, .. encoding.GetBytes(Harmless)];
        Assert.Equal(default, Redact("Content-Type: application/json" + charset, harmless).Marks);
    }

    [Theory]
    [InlineData("image/png")]
    [InlineData("application/octet-stream")]
    [InlineData("")]
    public void Redact_NoText_IsWithheldUnlessItIsKept(string type)
    {
        Assert.Equal(1, Withheld(Redact($"Content-Type: {type}", Picture), WithheldReason.Opaque));
        var keeping = new Redactor("k"u8.ToArray(), keepsOpaque: true);
        var entry = Redact($"Content-Type: {type}", Picture, keeping);
        Assert.Equal(default, entry.Marks);
        Assert.Equal(Picture, entry.Request[^Picture.Length..]);
    }

    [Fact]
    public void Redact_PartThatIsNoText_IsWithheldAlone()
    {
        byte[] body =
        [
            .. "--B\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nshoes\r\n--B\r\n"u8,
            .. "Content-Disposition: form-data; name=\"f\"; filename=\"a.png\"\r\n\r\n"u8,
            .. Picture, .. "\r\n--B--\r\n"u8,
        ];
        var text = Encoding.UTF8.GetString(Redact("Content-Type: multipart/form-data; boundary=B", body).Request);
        Assert.Contains($"\r\n\r\nshoes\r\n--B\r\n", text, StringComparison.Ordinal);
        Assert.Contains($"filename=\"a.png\"\r\n\r\n⟦withheld-{Picture.Length}:", text, StringComparison.Ordinal);
        Assert.Equal(1, _redactor.Withheld.Read()[(int)WithheldReason.Opaque]);
    }

    [Fact]
    public void Redact_Base64InLines_IsLookedInto()
    {
        var lines = Convert.ToBase64String(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(Secret + "\n", 3))),
            Base64FormattingOptions.InsertLineBreaks);
        var body = $"--B\r\nContent-Transfer-Encoding: base64\r\n\r\n{lines}\r\n--B--\r\n";
        var text = Encoding.UTF8.GetString(Redact("Content-Type: multipart/mixed; boundary=B", Encoding.ASCII.GetBytes(body)).Request);
        Assert.Contains("\r\n\r\n⟦secret:", text, StringComparison.Ordinal);
        Assert.DoesNotContain(lines[..20], text, StringComparison.Ordinal);
    }

    [Fact]
    public void Redact_Base64OfGzip_IsWithheld()
    {
        var coded = Convert.ToBase64String(Coded("gzip", Encoding.UTF8.GetBytes(Secret)));
        var text = Encoding.UTF8.GetString(Redact("Content-Type: application/json", Encoding.ASCII.GetBytes($"[\"{coded}\"]")).Request);
        Assert.Contains("[\"⟦withheld-", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Redact_PartsNestedTooDeep_AreWithheldAlsoWhereOpaqueIsKept()
    {
        var body = string.Concat(Enumerable.Range(0, 6).Select(level =>
            $"--B{level}\r\nContent-Type: multipart/mixed; boundary=B{level + 1}\r\n\r\n"))
            + "--B6\r\nContent-Disposition: form-data; name=pin\r\n\r\nZq9vT4\r\n--B6--";
        var keeping = new Redactor("k"u8.ToArray(), keepsOpaque: true);
        var entry = Redact("Content-Type: multipart/mixed; boundary=B0", Encoding.ASCII.GetBytes(body), keeping);
        Assert.True(entry.Request.AsSpan().IndexOf("Zq9vT4"u8) < 0);
    }

    [Fact]
    public void Redact_SecretAfterMuchThatIsNoJson_IsWithheldOrReplaced()
    {
        var body = string.Concat(Enumerable.Repeat("{\"a\" x\n", 5000)) + "{\"credentials\":{\"v\":\"Zq9vT4mK2pL8\"}}\n";
        var entry = Redact("Content-Type: text/plain", Encoding.ASCII.GetBytes(body));
        Assert.Equal(1, Withheld(entry, WithheldReason.TooComplex));
        Assert.True(entry.Request.AsSpan().IndexOf("Zq9vT4mK2pL8"u8) < 0);
    }

    [Theory]
    [InlineData("3;token=Zq9vT4\r\na=1\r\n0\r\n\r\n")]
    [InlineData("3\r\na=1\r\n0;token=Zq9vT4\r\n\r\n")]
    public void Redact_ExtensionOfAChunk_IsLeftOut(string chunks)
    {
        var request = Encoding.ASCII.GetBytes("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks);
        var redacted = Encoding.ASCII.GetString(_redactor.Redact(new() { HasRequest = true, Request = request }).Request);
        Assert.EndsWith("\r\n\r\n3\r\na=1\r\n0\r\n\r\n", redacted, StringComparison.Ordinal);
    }

    [Fact]
    public void Redact_ProtobufThatLooksLikeText_IsWithheld() =>
        Assert.Equal(1, Withheld(Redact("Content-Type: application/x-protobuf", "\n Zq9vT4mK2pL8xW7cN3Zq9vT4mK2pL8xW"u8.ToArray()),
            WithheldReason.Opaque));

    [Fact]
    public void Redact_WithheldBefore_StaysTheMarkItIs()
    {
        var once = Redact("Content-Type: image/png", Picture).Request;
        Assert.Equal(once, _redactor.Redact(new() { HasRequest = true, Request = once }).Request.ToArray());
        Assert.Equal(1, _redactor.Withheld.Read().Sum());
    }

    [Fact]
    public void Redact_WhatOnlyLooksLikeAMark_IsReplaced()
    {
        var text = Encoding.UTF8.GetString(Redact("Cookie: a=⟦Zq9v⟧; b=⟦x⟧Zq9v⟦y⟧", []).Request);
        Assert.DoesNotContain("Zq9v", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("://")]
    [InlineData("a://b:c@")]
    [InlineData("token=\"")]
    [InlineData("<token>")]
    [InlineData("%2525")]
    public void Redact_ManyBeginnings_TakesNoLongerForEach(string beginning)
    {
        // Were each looked at to the end of the text, this would take minutes.
        var text = string.Concat(Enumerable.Repeat(beginning, 200_000));
        Assert.NotEmpty(Redact("Content-Type: text/plain", Encoding.UTF8.GetBytes(text)).Request);
    }

    [Fact]
    public void Redact_RandomMixtures_NeverThrowsAndKeepsTheFraming()
    {
        string[] pieces =
        [
            "{", "}", "[", "]", "\"", "'", "\\", "=", ":", "&", ";", "%", "%22", "%E2%9F%A6", "⟦secret:", "⟧", "<", ">", "</", "<a b=",
                "<![CDATA[",
            "]]>", "<!--", "token", "password", "://", "@", "/", "?", "#", "\n", "\r\n\r\n", "--B", "data:", ";base64,", "eyJhIjoxfQ",
                "\u001e", "0",
            " ", "+", "&quot;", "&#x3D;", "bot1:", "Bearer ", "name", "value", "(", ")", "\\u0022", "-----BEGIN ", "\0", "é",
        ];
        string[] types = ["", "application/json", "text/html", "text/xml", "application/x-www-form-urlencoded",
            "multipart/mixed; boundary=B", "text/javascript"];
        for (var seed = 0; seed < 3000; seed++)
        {
            var random = new Random(seed);
            var body = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, random.Next(60)).Select(_ =>
                pieces[random.Next(pieces.Length)])));
            var field = string.Concat(Enumerable.Range(0, 8).Select(_ =>
                pieces[random.Next(pieces.Length)])).ReplaceLineEndings("").Replace("\0", "", StringComparison.Ordinal);
            var entry = Redact($"Content-Type: {types[random.Next(types.Length)]}\r\nLink: {field}\r\nReferer: {field}", body);
            var message = new RecordedMessage();
            Assert.True(message.TryRead(MessageKind.Request, entry.Request), $"seed {seed}");
            Assert.Equal(message.Head.ContentLength, message.BodyOf(entry.Request).Length);
        }
    }

    private Outcome Redact(string fields, byte[] body, Redactor? redactor = null)
    {
        byte[] request = [.. Encoding.UTF8.GetBytes($"POST / HTTP/1.1\r\n{fields}\r\nContent-Length: {body.Length}\r\n\r\n"), .. body];
        var redacted = (redactor ?? _redactor).Redact(new() { HasRequest = true, Request = request });
        return new(redacted.Facts.Marks, redacted.Request.ToArray());
    }

    private sealed record Outcome(EntryMarks Marks, byte[] Request);

    private long Withheld(Outcome entry, WithheldReason reason)
    {
        Assert.True(entry.Marks.HasFlag(EntryMarks.RequestBodyWithheld));
        return _redactor.Withheld.Read()[(int)reason];
    }

    private static byte[] Coded(string codings, byte[] content)
    {
        var list = new List<ContentCoding>();
        Assert.True(ContentCodings.TryRead(Encoding.ASCII.GetBytes(codings.Replace("\r\nContent-Encoding:", ",",
            StringComparison.Ordinal)), list));
        return list.Aggregate(content, (coded, coding) => ContentCodings.Encode(coding, coded));
    }

    private static string Decoded(ReadOnlySpan<byte> octets)
    {
        var message = new RecordedMessage();
        Assert.True(message.TryRead(MessageKind.Request, octets));
        Assert.True(message.TryDecode(octets, out var content));
        return Encoding.UTF8.GetString(content);
    }
}

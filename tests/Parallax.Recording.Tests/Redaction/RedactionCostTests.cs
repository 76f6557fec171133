using System.Text;
using Parallax.Recording.Redaction;
using Parallax.TestKit;

namespace Parallax.Recording.Tests.Redaction;

/// <summary>Whatever a body repeats, redaction costs an octet of a long one no more than an octet of a short one.</summary>
[Collection(nameof(Costs))]
public sealed class RedactionCostTests
{
    private const int Length = 24 << 10;

    private readonly Redactor _redactor = new("a key of these tests"u8.ToArray());

    public static TheoryData<string, string, string> Fillers { get; } = new()
    {
        // Type, beginning, filler.
        { "text/xml", "", ">" },
        { "text/xml", "", "<" },
        { "text/xml", "", "<a><![CDATA[" },
        { "text/xml", "", "<!--" },
        { "text/xml", "", "<a/b=" },
        { "text/xml", "<a ", "b=\"' " },
        { "text/xml", "", "<a>&amp;" },
        { "text/xml", "", "<password>" },
        { "text/html", "<html>", "<script></S" },
        { "text/html", "<html>", "<script></x" },
        { "text/plain", "", "token:" },
        { "text/plain", "", "token=" },
        { "text/plain", "", "key=a," },
        { "text/plain", "", "code=a1," },
        { "text/plain", "", "key='" },
        { "text/plain", "", "token=\"a\"," },
        { "text/plain", "", "token={" },
        { "text/plain", "", "token:," },
        { "text/plain", "", "key=\\\"" },
        { "text/plain", "", "token:\n " },
        { "text/plain", "", "a://b:c@" },
        { "text/plain", "", "a://b" },
        { "text/plain", "", "%2525" },
        { "text/plain", "", "%zz" },
        { "text/plain", "", "a@b." },
        { "text/plain", "", "Bearer a/" },
        { "text/plain", "", "-----BEGIN " },
        { "text/plain", "", "4111 " },
        { "text/plain", "", "DE89" },
        { "text/plain", "", "eyJ." },
        { "text/plain", "", "{\"a\":" },
        { "text/plain", "", "{\"a\":x " },
        { "text/plain", "", "[[" },
        { "text/plain", "", "⟦" },
        { "text/plain", "", "[\"a" },
        { "text/plain", "", "{\n" },
        { "text/plain", "", "0[\"\n" },
        { "text/plain", "", "data: {\"a\":1\n" },
        { "text/plain", "", "\u001e{\"a\":\"" },
        { "text/javascript", "", "token=" },
        { "text/javascript", "", "token=\"a\"," },
        { "text/javascript", "", "token:" },
        { "application/json", "", "[" },
        { "application/json", "", "{\"a\":" },
        { "application/json", "[1", ",\"%7B%22a%22:1\"" },
        { "application/json", "[1", ",\"{x\"" },
        { "application/json", "[1", ",\"{\\\"x\"" },
        { "application/json", "[1", ",\"password\"" },
        { "application/json", "[1", ",\"eyJwIjoxLCJhIjoyfQ==\"" },
        { "application/json", "", "/**/" },
        { "application/x-www-form-urlencoded", "", "a=%" },
        { "application/x-www-form-urlencoded", "", "a=%25&" },
        { "application/x-www-form-urlencoded", "", "&" },
        { "application/x-www-form-urlencoded", "a=", "/;" },
        { "application/graphql", "", "{a(password:\"\"\"" },
        { "text/event-stream", "", "data: x\r" },
        { "text/plain", "", "YWJjZGVm" },
        { "text/plain", "", "YWJjZGVm\n" },
        { "text/plain; charset=utf-16", "\uFEFF", "a\0" },
        { "multipart/form-data; boundary=X", "--X", "\r\n--X" },
        { "multipart/form-data; boundary=X", "--X", "\n\r" },
        { "multipart/form-data; boundary=X", "--X\r\n", "Content-Disposition: form-data;\r\n " },
        { "multipart/form-data; boundary=X", "--X\r\n", "-" },
        { "multipart/mixed; boundary=X", "", "--X\r\nContent-Type: multipart/mixed; boundary=X\r\n\r\n" },
        { "", "", "--" },
        { "text/csv", "password,a\n", "\"\"," },
        { "text/csv", "", "a,\"" },
        { "text/plain", "", "--token " },
        { "text/plain", "", "---" },
        { "text/xml", "", "<!ENTITY " },
        { "", "", "\0a" },
    };

    [Theory]
    [MemberData(nameof(Fillers))]
    public void Redact_LongerBody_CostsTheSameForEachOctet(string type, string beginning, string filler)
    {
        var (smaller, larger) = (Message(type, beginning, filler, 1), Message(type, beginning, filler, CostPerOctet.Factor));
        var growth = CostPerOctet.Growth(() => Redact(smaller), () => Redact(larger));
        Assert.True(growth <= CostPerOctet.MaxGrowth, $"an octet costs {growth:0.00} times as much");
    }

    [Fact]
    public void Redact_NestedWithoutEnd_IsWithheldAsTooComplex()
    {
        Redact(Message("text/xml", "", "<a><![CDATA[", CostPerOctet.Factor));
        Assert.Equal(1, _redactor.Withheld.Read()[(int)Traffic.Redaction.WithheldReason.TooComplex]);
    }

    private void Redact(byte[] message) => _redactor.Redact(new() { HasRequest = true, Request = message });

    private static byte[] Message(string type, string beginning, string filler, int factor)
    {
        byte[] body = [.. Encoding.UTF8.GetBytes(beginning), .. CostPerOctet.Repeat(Encoding.UTF8.GetBytes(filler), Length * factor)];
        return [.. Encoding.ASCII.GetBytes($"POST / HTTP/1.1\r\nContent-Type: {type}\r\nContent-Length: {body.Length}\r\n\r\n"), .. body];
    }
}

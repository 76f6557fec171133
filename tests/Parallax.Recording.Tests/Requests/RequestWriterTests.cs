using System.Diagnostics;
using System.Text;
using Parallax.Recording.Entries;
using Parallax.Recording.Requests;
using Parallax.Recording.Tests.Files;
using Parallax.TestKit;
using Parallax.Wire;

namespace Parallax.Recording.Tests.Requests;

/// <summary>Requests as text for other programs: curl sends what was recorded, octet for octet, whatever it is.</summary>
public sealed class RequestWriterTests
{
    public static TheoryData<string, string> Bodies => new()
    {
        { "POST", "{\"apples\": 5}" },
        { "PUT", "it's \"quoted\" `id` $(id) $HOME \\ \\n !! * ? ~ %s\nand\r\nlines\n" },
        { "POST", "@/etc/hostname" },
        { "PATCH", "\0\u0001binary\u00ff" },
        { "DELETE", "Käse" },
        { "GET", "" },
        { "HEAD", "" },
        { "OPTIONS", "" },
        { "X-Odd", "a" },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task Curl_SendsWhatWasRecorded(string method, string body)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/curl"), "curl is not installed");
        using var sink = Sink.Open();
        var content = body.Contains('\u00ff', StringComparison.Ordinal) ? Encoding.Latin1.GetBytes(body) : Encoding.UTF8.GetBytes(body);
        var fields = $"Host: 127.0.0.1:{sink.Port}\r\nX-Odd: it's $(id) \"`x`\" \\\r\nX-Empty:\r\n"
            + "Cookie: a=1; b=2\r\nX-Twice: 1\r\nX-Twice: 2\r\n";
        var head = $"{method} /a/../b?q=it's&x[]=$(id)&y={{1,2}} HTTP/1.1\r\n{fields}"
            + (content.Length > 0 ? $"Content-Length: {content.Length}\r\n\r\n" : "\r\n");
        await RunAsync(Written(stream => new CurlWriter(stream), [.. Encoding.UTF8.GetBytes(head), .. content]));

        var request = Assert.Single(sink.Requests);
        Assert.Equal((method, "/a/../b?q=it's&x[]=$(id)&y={1,2}"), (request.Line.Split(' ')[0], request.Target));
        Assert.Equal(content, request.Body);
        var sent = head.Split("\r\n")[1..].Where(line => line.Length > 0).Order(StringComparer.Ordinal);
        Assert.Equal(sent, request.Head.Split("\r\n")[1..].Where(line => line.Length > 0).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Curl_SaysWhatEachRequestWas()
    {
        var text = Written(
            stream => new CurlWriter(stream),
            "GET /orders HTTP/1.1\r\nHost: shop\r\n\r\n"u8.ToArray(),
            "HTTP/1.1 500 No\r\n\r\n"u8.ToArray());
        Assert.StartsWith(
            "#!/bin/sh\n\n# 9 2023-11-14T22:13:20.123456Z GET /orders, answered with 500\ncurl ", text, StringComparison.Ordinal);
        Assert.Contains("'http://shop/orders'", text, StringComparison.Ordinal);
    }

    [Fact]
    public void HttpFile_ReadsLikeARequest() => Assert.Equal(
        "### 9 2023-11-14T22:13:20.123456Z POST /orders, not answered\nPOST http://shop/orders\n"
        + "Content-Type: application/json\n\n{\"a\": 1}\n",
        Written(
            stream => new HttpFileWriter(stream),
            [
                .. "POST /orders HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\n"u8,
                .. "Content-Length: 8\r\nConnection: close\r\n\r\n{\"a\": 1}"u8,
            ]));

    [Theory]
    [InlineData("### another")]
    [InlineData("a\n< /etc/hostname")]
    [InlineData("> {% client.log(1) %}")]
    [InlineData("{{host}}")]
    [InlineData("\0")]
    public void HttpFile_WhatAnEditorWouldTakeForSomethingElse_IsLeftOut(string body) =>
        Assert.Null(TryWritten(stream => new HttpFileWriter(stream), Encoding.UTF8.GetBytes(
            $"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {body.Length}\r\n\r\n{body}")));

    [Theory]
    [InlineData("CONNECT shop:443 HTTP/1.1\r\nHost: shop:443\r\n\r\n")]
    [InlineData("OPTIONS * HTTP/1.1\r\nHost: shop\r\n\r\n")]
    [InlineData("GET /a b HTTP/1.1\r\nHost: shop\r\n\r\n")]
    public void RequestWithoutUrl_IsLeftOut(string request)
    {
        Assert.Null(TryWritten(stream => new CurlWriter(stream), Encoding.ASCII.GetBytes(request)));
        Assert.Null(TryWritten(stream => new HttpFileWriter(stream), Encoding.ASCII.GetBytes(request)));
    }

    private static string Written(Func<Stream, IRecordingWriter> open, byte[] request, byte[]? response = null) =>
        TryWritten(open, request, response) ?? throw new InvalidOperationException("left out");

    private static string? TryWritten(Func<Stream, IRecordingWriter> open, byte[] request, byte[]? response = null)
    {
        var file = new MemoryStream();
        using var writer = open(file);
        var entry = new StoredEntry
        {
            Facts = new() { Id = 9, RequestFirst = new Timestamp(1_700_000_000_123_456_789) },
            Request = request,
            Response = response,
        };
        var isWritten = writer.TryWrite(entry.View);
        writer.Finish();
        return isWritten ? Encoding.UTF8.GetString(file.ToArray()) : null;
    }

    private static async Task RunAsync(string script)
    {
        using var shell = Process.Start(new ProcessStartInfo("sh", ["-s"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        await shell.StandardInput.BaseStream.WriteAsync(Encoding.UTF8.GetBytes(script), TestContext.Current.CancellationToken);
        shell.StandardInput.Close();
        await shell.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = await shell.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await shell.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(shell.ExitCode == 0, errors);
    }
}

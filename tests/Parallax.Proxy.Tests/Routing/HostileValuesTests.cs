using System.Buffers;
using System.Text;
using Parallax.Proxy.Configuration.Model;
using Parallax.Proxy.Routing;
using Parallax.Proxy.Tests.Configuration;
using Parallax.Traffic.Rewriting;
using Parallax.Wire.Http1;

namespace Parallax.Proxy.Tests.Routing;

/// <summary>Whatever a client writes into a request: rewrites, redirects and header operations make one head of it, never two.</summary>
public sealed class HostileValuesTests
{
    private static readonly string[] Pieces =
    [
        "/", "//", "a", "%0d%0aEvil:%201", "%00", "\\", "\\1", "$1", "${0}", "\u00ff", "\u0080", "\u00e5", "\u2028", "?", "#", "..",
        "http://evil/", "@", ":80",
        "{}", "%REQ(x)%", "%", "\"", "'", "<>", "*", "..;", "\t", " ", "\r\n\r\n", "\r", "\n", "\0", "\u010d\u010a", "é",
    ];

    [Fact]
    public void Heads_OfTenThousandOddRequests_AreOneHeadEach()
    {
        var rewrites = new UriRewriteConfig[]
        {
            new() { Regex = "^/([^/]*)/(.*)$", RegexReplacement = "\\2/\\1" },
            new() { Regex = "/", RegexReplacement = "" },
            new() { Prefix = "" },
            new() { Prefix = "/x", IsSegmentPrefix = true },
            new() { Authority = "other" },
        };
        var tables = rewrites.Select(rewrite => Tables.Of(Tables.Anything with
        {
            Matches = [Tables.Path(TextMatchKind.Prefix, "/")],
            Rewrite = rewrite,
            RequestHeaders = [Tables.Edit(HeaderEditKind.Set, "a: %REQ(b)%"), Tables.Template("b: %REQ(a)%%REQ(:path)%%REQ(host):9%")],
            Mirrors = [new MirrorConfig { Name = "m", Cluster = "mirror" }],
        })).ToList();
        var passed = 0;
        for (var seed = 0; seed < 10_000; seed++)
        {
            if (TryRead(new Random(seed)) is not { } request || request.Find(tables[seed % tables.Count]) is not { Route: { } route } hit)
            {
                continue;
            }

            passed++;
            foreach (var rewriter in new[] { route.Pick(0).Primary, route.Pick(0).Mirrors[0].Rewriter })
            {
                AssertOneHead(request.Write(rewriter, hit.MatchedPrefix), request.Head.FieldCount);
            }
        }

        Assert.InRange(passed, 1_000, 10_000);
    }

    [Fact]
    public void Answers_ToTenThousandOddRequests_AreOneHeadEach()
    {
        var redirects = new RedirectConfig[]
        {
            new() { Status = 301, Scheme = "https" }, new() { Status = 302, PathPrefix = "/b" },
            new() { Status = 302, Host = "b", Port = 81 },
        };
        var cors = new CorsAnswer(new CorsConfig { Origins = [new(TextMatchKind.Present, "")], Methods = ["GET"] });
        var output = new ArrayBufferWriter<byte>();
        var passed = 0;
        for (var seed = 0; seed < 10_000; seed++)
        {
            if (TryRead(new Random(seed)) is not { } request)
            {
                continue;
            }

            passed++;
            output.ResetWrittenCount();
            RedirectWriter.WriteLocation(redirects[seed % redirects.Length], request.Routed, 80, matchedPrefix: 1, output);
            AssertLines(output.WrittenSpan, 1);
            output.ResetWrittenCount();
            var decision = cors.Decide(request.Routed, out var origin);
            cors.WriteLines(decision, request.Routed, origin.Of(request.Octets), output);
            AssertLines(output.WrittenSpan, 4);
        }

        Assert.InRange(passed, 1_000, 10_000);
    }

    [Theory]
    [InlineData("rewrite: {uri: \"/a\\r\\nEvil: 1\"}", true)]
    [InlineData("rewrite: {uri: \"/a b\"}", true)]
    [InlineData("rewrite: {authority: \"a\\nEvil: 1\"}", true)]
    [InlineData("rewrite: {uriRegexRewrite: {match: a, rewrite: \"\\r\\n\"}}", true)]
    [InlineData("headers: {request: {set: {host: \"a\\r\\nEvil: 1\"}}}", true)]
    [InlineData("headers: {request: {set: {\":authority\": \"a b\"}}}", true)]
    [InlineData("headers: {request: {add: {a: \"b\\r\\nEvil: 1\"}}}", true)]
    [InlineData("headers: {response: {set: {\"a\\r\\nEvil\": b}}}", true)]
    [InlineData("corsPolicy: {allowOrigins: [{exact: a}], allowMethods: [\"GET\\r\\nEvil: 1\"]}", true)]
    [InlineData("corsPolicy: {allowOrigins: [{exact: a}], exposeHeaders: [\"a\\0\"]}", true)]
    [InlineData("mirror: {host: \"b\\r\\nEvil: 1\", port: {number: 80}}", true)]
    [InlineData("redirect: {uri: \"/a\\r\\nEvil: 1\"}", false)]
    [InlineData("redirect: {authority: \"a\\u0085\"}", false)]
    public void Documents_WithControlCharacters_AreRefused(string field, bool hasRoute)
    {
        var route = hasRoute ? "route: [{destination: {host: a, port: {number: 80}}}], " : "";
        var loaded = Loading.Load(Minimal.Route(route + field), Loading.Resolving("a=127.0.0.1:1"));
        Assert.Null(loaded.Config);
        Assert.All(loaded.Findings, finding => Assert.DoesNotContain(finding.ToString(), char.IsControl));
    }

    [Theory]
    [InlineData("urlRewrite: {path: {type: ReplaceFullPath, replaceFullPath: \"/a\\nb\"}}", "URLRewrite")]
    [InlineData("urlRewrite: {path: {type: ReplacePrefixMatch, replacePrefixMatch: \"/a b\"}}", "URLRewrite")]
    [InlineData("requestHeaderModifier: {set: [{name: a, value: \"b\\rc\"}]}", "RequestHeaderModifier")]
    public void Filters_WithControlCharacters_AreRefused(string filter, string type) => Assert.Null(
        Loading.Load(Minimal.Rule($"filters: [{{type: {type}, {filter}}}]")).Config);

    private static ReadRequest? TryRead(Random random)
    {
        var text = $"GET /{Odd(random)} HTTP/1.{random.Next(2)}\r\nHost: a{(random.Next(8) == 0 ? Odd(random) : "")}\r\n"
            + $"Origin: {Odd(random)}\r\nx-request-id: {Odd(random)}\r\nX-Forwarded-For: {Odd(random)}\r\na: {Odd(random)}\r\n\r\n";
        var octets = Encoding.UTF8.GetBytes(text);
        var isStrict = HeadReader.TryRead(octets, MessageKind.Request, Http1Policy.Active, new MessageHead(), out _) == HeadStatus.Complete;
        return isStrict ? new ReadRequest(Encoding.Latin1.GetString(octets)) : null;
    }

    private static string Odd(Random random)
    {
        var text = new StringBuilder();
        for (var count = random.Next(4); count > 0; count--)
        {
            text.Append(Pieces[random.Next(Pieces.Length)]);
        }

        return text.ToString();
    }

    private static void AssertOneHead(string written, int fieldsBefore)
    {
        var octets = Encoding.Latin1.GetBytes(written);
        var head = new MessageHead();
        Assert.Equal(HeadStatus.Complete, HeadReader.TryRead(octets, MessageKind.Request, Http1Policy.Active, head, out _));
        Assert.Equal(octets.Length, head.Length);
        Assert.InRange(head.FieldCount, fieldsBefore, fieldsBefore + 8);
        Assert.Equal((byte)'/', head.Target.Of(octets)[0]);
        Assert.Equal(-1, octets.AsSpan().IndexOf((byte)0));
    }

    private static void AssertLines(ReadOnlySpan<byte> lines, int atMost)
    {
        Assert.InRange(lines.Count("\r\n"u8), 0, atMost);
        Assert.Equal(lines.Count("\r\n"u8), lines.Count((byte)'\n'));
        Assert.Equal(lines.Count("\r\n"u8), lines.Count((byte)'\r'));
        Assert.Equal(-1, lines.IndexOf((byte)0));
        Assert.Equal(-1, lines.IndexOf("\r\n\r\n"u8));
    }
}

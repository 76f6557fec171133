using System.Buffers;
using System.Net;
using System.Text;
using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Rewriting;
using Parallax.Wire.Http1;

namespace Parallax.Traffic.Tests.Rewriting;

/// <summary>Values with Envoy's command operators; what Envoy makes of each is the model.</summary>
public sealed class ValueTemplateTests
{
    private const string Request =
        "POST /a/b?c=d HTTP/1.1\r\nHost: shop:80\r\nX-User: anna\r\nx-user: bob\r\nX-Empty:\r\nX-Tab: a\tb\r\n"
        + "X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https\r\nX-Envoy-Internal: true\r\n\r\n";

    [Theory]
    [InlineData("%REQ(x-user)%", "anna")]
    [InlineData("%REQ(X-User):2%", "an")]
    [InlineData("%REQ(x-user):0%", null)]
    [InlineData("%REQ(x-missing)%", null)]
    [InlineData("%REQ(x-missing?x-user)%", "anna")]
    [InlineData("%REQ(x-empty?x-user)%", null)]
    [InlineData("%REQ(x-missing)%%REQ(x-other)%", null)]
    [InlineData("<%REQ(x-missing)%>", "<>")]
    [InlineData("%REQ(x-tab)%", "a b")]
    [InlineData("%REQ(:method)% %REQ(:PATH)% %REQ(:authority)% %REQ(:scheme)%", "POST /a/b?c=d shop:80 http")]
    [InlineData("%REQ(x-envoy-original-path?:path):4%", "/a/b")]
    [InlineData("%REQ(x-request-id)%", "id-1")]
    [InlineData("%REQ(x-forwarded-for)%", "203.0.113.9, 192.0.2.1")]
    [InlineData("%REQ(x-forwarded-for):14%", "203.0.113.9, 1")]
    [InlineData("%REQ(x-forwarded-proto)%", "http")]
    [InlineData("%REQ(x-envoy-internal)%", null)]
    [InlineData("%DOWNSTREAM_REMOTE_ADDRESS% %DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%", "192.0.2.1:999 192.0.2.1")]
    [InlineData("%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%:%DOWNSTREAM_REMOTE_PORT%", "192.0.2.1:999")]
    [InlineData("%DOWNSTREAM_LOCAL_ADDRESS%", "[2001:db8::1]:80")]
    [InlineData("%DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT% %DOWNSTREAM_LOCAL_PORT%", "2001:db8::1 80")]
    [InlineData("%UPSTREAM_HOST%", "10.0.0.7:8080")]
    [InlineData("%PROTOCOL%", "HTTP/1.1")]
    [InlineData("%START_TIME%", "2026-01-02T03:04:05.678Z")]
    [InlineData("%START_TIME(%Y-%m)%", "2026-01-02T03:04:05.678Z")]
    [InlineData("100%%", "100%")]
    [InlineData("%%REQ(x-user)%%", "%REQ(x-user)%")]
    [InlineData("%RESP(server)%", null)]
    [InlineData("%RESPONSE_CODE%", null)]
    [InlineData("%TRACE_ID%", null)]
    public void Write_InARequest_GivesTheValue(string value, string? expected)
    {
        var lines = Lines(Edit(HeaderEditKind.Set, "new", value, isResponse: false));

        Assert.Equal(expected is null ? [] : [$"new: {expected}"], lines.Where(line => line.StartsWith("new:", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("%RESP(x-a)%", "1")]
    [InlineData("%RESP(x-none?X-A)%|%RESP(:status)%", "1|418")]
    [InlineData("%RESPONSE_CODE%", "418")]
    [InlineData("%REQ(x-user)% %REQ(x-request-id)%", "anna id-1")]
    [InlineData("%PROTOCOL%", "HTTP/1.1")]
    public void Write_InAResponse_GivesTheValue(string value, string expected)
    {
        var request = Encoding.Latin1.GetBytes(Request);
        var response = "HTTP/1.1 418 x\r\nX-A: 1\r\n\r\n"u8.ToArray();
        var facts = new HeadFacts { Request = Read(request, MessageKind.Request), RequestOctets = request };
        var config = new RewriteConfig { Leg = HeadLeg.Response, Edits = [Edit(HeaderEditKind.Add, "new", value, isResponse: true)] };
        var output = new ArrayBufferWriter<byte>();
        new HeadRewriter(config).Write(
            Read(response, MessageKind.Response), response, new() { RequestId = "id-1"u8, Facts = facts }, new(), output);

        Assert.Equal($"HTTP/1.1 418 x\r\nX-A: 1\r\nnew: {expected}\r\n\r\n", Encoding.Latin1.GetString(output.WrittenSpan));
    }

    [Fact]
    public void Resolve_ForAnAnswerOfOurOwn_LeavesOutWhatHasNoValue()
    {
        HeaderEdit[] edits =
        [
            Edit(HeaderEditKind.Set, "a", "%RESPONSE_CODE%", isResponse: true),
            Edit(HeaderEditKind.Set, "b", "%RESP(x)%", isResponse: true),
            Edit(HeaderEditKind.Set, "c", "d", isResponse: true),
        ];

        Assert.Equal(
            [("a", "404"), ("c", "d")], HeaderEditLists.Resolve(edits, 404, default, new()).Select(edit => (edit.Name, edit.Value)));
    }

    [Theory]
    [InlineData("%REQ(x-none)%", "X-User: anna", "x-user: bob")]
    [InlineData("%REQ(x-tab)%", "X-User: a b")]
    public void Set_WithoutAValue_LeavesTheFieldAsItIs(string value, params string[] expected) => Assert.Equal(
        expected,
        Lines(Edit(HeaderEditKind.Set, "x-user", value, isResponse: false))
            .Where(line => line.StartsWith("x-user", StringComparison.OrdinalIgnoreCase)));

    [Theory]
    [InlineData("%REQ(x-none)%", "X-User: before", "x-user: added")]
    [InlineData("%REQ(:method)%", "X-User: POST")]
    public void Set_BehindOtherEdits_OverrulesThemOnlyWithAValue(string value, params string[] expected) => Assert.Equal(
        expected,
        Lines(
                Edit(HeaderEditKind.Set, "x-user", "before", isResponse: false),
                Edit(HeaderEditKind.Add, "x-user", "added", isResponse: false),
                Edit(HeaderEditKind.Set, "x-user", value, isResponse: false))
            .Where(line => line.StartsWith("x-user", StringComparison.OrdinalIgnoreCase)));

    [Theory]
    [InlineData("%REQ(x-none)%", "X-Forwarded-For: 203.0.113.9, 192.0.2.1")]
    [InlineData("%REQ(x-user)%", "X-Forwarded-For: anna")]
    public void Set_OfAHeaderOfOurOwn_LeavesItToUsWithoutAValue(string value, string expected) =>
        Assert.Contains(expected, Lines(Edit(HeaderEditKind.Set, "x-forwarded-for", value, isResponse: false)));

    [Theory]
    [InlineData("a", true)]
    [InlineData("50%% %HOSTNAME%", true)]
    [InlineData("%PROTOCOL%", false)]
    public void Constant_OfAValueThatDependsOnNothing_IsThere(string value, bool isConstant) =>
        Assert.Equal(isConstant, Edit(HeaderEditKind.Set, "a", value, isResponse: false).Template is null);

    [Theory]
    [InlineData("50% off", "character 3")]
    [InlineData("%", "character 1")]
    [InlineData("%req(x)%", "character 1")]
    [InlineData("%REQ(x%", "character 1")]
    [InlineData("%REQ%", "names no header")]
    [InlineData("%REQ()%", "names no header")]
    [InlineData("%REQ(a?b?c)%", "names no header")]
    [InlineData("%REQ(:status)%", "names no header")]
    [InlineData("%RESP(:path)%", "names no header")]
    [InlineData("%REQ(a b)%", "names no header")]
    [InlineData("%PROTOCOL(1)%", "nothing between parentheses")]
    [InlineData("%PROTOCOL:3%", "no length")]
    [InlineData("%NONSENSE%", "no command operator")]
    public void TryParse_WhatEnvoyRefuses_IsAnError(string value, string part)
    {
        Assert.False(ValueTemplate.TryParse(value, isResponse: false, out _, out var error, out var remedy));
        Assert.Contains(part, error, StringComparison.Ordinal);
        Assert.NotEmpty(remedy);
    }

    [Theory]
    [InlineData("%TRACE_ID%", false, 1)]
    [InlineData("%DYNAMIC_METADATA(a:b):3% %UPSTREAM_CLUSTER% %DOWNSTREAM_PEER_SUBJECT%", true, 3)]
    [InlineData("%RESP(a)%", false, 1)]
    [InlineData("%RESP(a)% %RESPONSE_CODE%", true, 0)]
    [InlineData("%START_TIME(%s)%", true, 1)]
    public void TryParse_WhatHasNoValue_IsNamed(string value, bool isResponse, int count)
    {
        Assert.True(ValueTemplate.TryParse(value, isResponse, out var template, out _, out _));
        Assert.Equal(count, template.WithoutValue.Count);
    }

    private static HeaderEdit Edit(HeaderEditKind kind, string name, string value, bool isResponse)
    {
        Assert.True(ValueTemplate.TryParse(value, isResponse, out var template, out var error, out _), error);
        Assert.True(HeaderEdit.TryParse(kind, $"{name}: {value}", out var edit, out error), error);
        return edit.With(template);
    }

    private static string[] Lines(params HeaderEdit[] edits)
    {
        var octets = Encoding.Latin1.GetBytes(Request);
        var facts = new HeadFacts
        {
            Client = Endpoint.From(IPEndPoint.Parse("192.0.2.1:999")),
            Local = Endpoint.From(IPEndPoint.Parse("[2001:db8::1]:80")),
            Upstream = Endpoint.From(IPEndPoint.Parse("10.0.0.7:8080")),
            StartedAt = new DateTimeOffset(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero),
        };
        var inputs = new HeadInputs { ClientAddress = "192.0.2.1"u8, RequestId = "id-1"u8, Facts = facts };
        var output = new ArrayBufferWriter<byte>();
        new HeadRewriter(new() { Leg = HeadLeg.Request, Edits = edits }).Write(
            Read(octets, MessageKind.Request), octets, inputs, new(), output);
        return Encoding.Latin1.GetString(output.WrittenSpan).Split("\r\n");
    }

    private static MessageHead Read(byte[] octets, MessageKind kind)
    {
        var head = new MessageHead();
        Assert.Equal(HeadStatus.Complete, HeadReader.TryRead(octets, kind, Http1Policy.Active, head, out _));
        return head;
    }
}

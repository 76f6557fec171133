using System.Text;
using Parallax.Proxy.Configuration.Model;
using Parallax.Proxy.Primary;
using Parallax.Shadows.Clients;

namespace Parallax.Proxy.Tests.Primary;

public sealed class RetryRulesTests
{
    private const RetryOn Made = RetryOn.ConnectFailure | RetryOn.ServerError;
    private const RetryOn Broke = RetryOn.Reset | RetryOn.ServerError | RetryOn.GatewayError;

    public static TheoryData<FailureReason, bool, RetryOn, int, string> Failures => new()
    {
        { FailureReason.Refused, false, Made, 503, "upstream connect error" },
        { FailureReason.Unreachable, false, Made, 503, "upstream connect error" },
        { FailureReason.ConnectTimeout, false, Made, 503, "upstream connect error" },
        { FailureReason.TlsFailed, false, Made, 503, "upstream connect error" },
        { FailureReason.Reset, false, Made, 503, "upstream connect error" },
        { FailureReason.ClosedEarly, false, Made, 503, "upstream connect error" },
        { FailureReason.Other, false, Made, 503, "upstream connect error" },
        { FailureReason.Unreachable, true, Broke, 503, "upstream disconnect before headers" },
        { FailureReason.Reset, true, Broke, 503, "upstream disconnect before headers" },
        { FailureReason.ClosedEarly, true, Broke, 503, "upstream disconnect before headers" },
        { FailureReason.Other, true, Broke, 503, "upstream disconnect before headers" },
        { FailureReason.ResponseTimeout, false, Broke, 504, "upstream request timeout" },
        { FailureReason.ResponseTimeout, true, Broke, 504, "upstream request timeout" },
        { FailureReason.MalformedAnswer, true, RetryOn.None, 502, "upstream response malformed" },
        { FailureReason.Exhausted, false, RetryOn.None, 503, "no descriptor, memory or port is left for a connection to the upstream" },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public void Failure_IsTriedAgainOnItsConditionsOnly_OrAnswered(
        FailureReason failure, bool wasConnected, RetryOn conditions, int status, string text)
    {
        foreach (var condition in Enum.GetValues<RetryOn>())
        {
            var retry = new RetryConfig { On = condition };
            Assert.Equal((conditions & condition) != 0, RetryRules.IsRetriable(retry, failure, wasConnected));
        }

        Assert.Equal((status, text), (RetryRules.StatusOf(failure), Encoding.ASCII.GetString(RetryRules.TextOf(failure, wasConnected))));
    }
}

using System.Text.RegularExpressions;
using Parallax.TestKit;
using Parallax.Traffic.Exchanges;

namespace Parallax.Capture.Tests.Hardening;

/// <summary>Found exchanges held against written ones.</summary>
/// <param name="Right">Whole, and as written.</param>
/// <param name="Incomplete">Found in part, and marked so.</param>
/// <param name="Missing">Written, but the request was not found.</param>
/// <param name="Orphans">Responses without a request, marked so.</param>
/// <param name="Marked">Whole or in part, of which the capture says that the response may be another's.</param>
/// <param name="Baited">Text in a body that looks like a message and stood at the start of a segment after a
/// loss: not to be told apart, and marked.</param>
/// <param name="Wrong">Neither: something that was never sent, or taken for whole though it is not. What is wrong, one line each.</param>
internal sealed partial record Judgement(
    int Right, IReadOnlySet<string> Incomplete, IReadOnlySet<string> Missing, int Orphans, int Marked, int Baited,
    IReadOnlyList<string> Wrong)
{
    private const ExchangeFlags BehindLoss = ExchangeFlags.GapInFlow | ExchangeFlags.MidStream | ExchangeFlags.PairingUncertain;

    private const ExchangeFlags NotWhole = ExchangeFlags.RequestIncomplete | ExchangeFlags.RequestTruncated
        | ExchangeFlags.ResponseIncomplete | ExchangeFlags.ResponseTruncated | ExchangeFlags.NoResponse | ExchangeFlags.OrphanResponse;

    public static Judgement Of(KeepAliveTraffic traffic, IEnumerable<RecordedExchange> found)
    {
        var written = traffic.Exchanges.ToDictionary(exchange => exchange.Target);
        var (right, incomplete, wrong) = (new HashSet<string>(), new HashSet<string>(), new List<string>());
        var (orphans, marked, baited) = (0, 0, 0);
        foreach (var exchange in found)
        {
            var expected = Expected(written, exchange);
            var fault = Fault(traffic, exchange, expected);
            marked += exchange.Flags.HasFlag(ExchangeFlags.PairingUncertain) ? 1 : 0;
            if (expected is null && (exchange.Flags & BehindLoss) != 0 && IsBait(exchange))
            {
                baited++;
            }
            else if (expected is null && IsHeadCut(exchange))
            {
                orphans++;
            }
            else if (fault is not null && IsMarked(traffic, exchange, expected))
            {
                incomplete.Add(expected!.Target);
            }
            else if (fault is not null)
            {
                wrong.Add($"{fault}: {exchange.Request?.FirstLine} -> {exchange.Response?.FirstLine} [{exchange.Flags}]");
            }
            else if (exchange.Request is null)
            {
                orphans++;
            }
            else if (!((exchange.Flags & NotWhole) == 0 ? right : incomplete).Add(expected!.Target))
            {
                wrong.Add($"twice: {exchange.Request.FirstLine}");
            }
        }

        var missing = written.Keys.Where(target => !right.Contains(target) && !incomplete.Contains(target)).ToHashSet();
        return new(right.Count, incomplete, missing, orphans, marked, baited, wrong);
    }

    /// <summary>A response of whose head only the beginning was seen, and which says so.</summary>
    private static bool IsHeadCut(RecordedExchange found) => found.Flags.HasFlag(ExchangeFlags.ResponseIncomplete)
        && found.Request is null
        && !found.Response!.Head.EndsWith("\r\n\r\n", StringComparison.Ordinal);

    private static bool IsBait(RecordedExchange found) => found.Request is { } request
        ? request.FirstLine.EndsWith("T /bait HTTP/1.1", StringComparison.Ordinal)
        : found.Response?.FirstLine == "HTTP/1.1 200 OK";

    /// <summary>A request that was sent, with a response of which the capture itself says that it may be another's.</summary>
    private static bool IsMarked(KeepAliveTraffic traffic, RecordedExchange found, ScriptedExchange? expected) =>
        found.Flags.HasFlag(ExchangeFlags.PairingUncertain)
        && expected is not null
        && Fault(traffic, found with { Response = null, Flags = found.Flags | ExchangeFlags.NoResponse }, expected) is null;

    private static ScriptedExchange? Expected(Dictionary<string, ScriptedExchange> written, RecordedExchange found)
    {
        var target = found.Request is { } request
            ? request.FirstLine.Split(' ').ElementAtOrDefault(1)
            : Answers().Match(found.Response?.Head ?? "").Groups[1].Value;
        return written.GetValueOrDefault(target ?? "");
    }

    private static string? Fault(KeepAliveTraffic traffic, RecordedExchange found, ScriptedExchange? expected)
    {
        if (expected is null)
        {
            return "never sent";
        }

        var requestLine = $"{expected.Method} {expected.Target} HTTP/1.1";
        var isCut = found.Flags.HasFlag(ExchangeFlags.RequestIncomplete);
        if (found.Request is { } request && request.FirstLine != requestLine
            && !(isCut && requestLine.StartsWith(request.FirstLine, StringComparison.Ordinal)))
        {
            return "request line";
        }

        if (found.Request is { IsComplete: true } whole && whole.Digest != expected.RequestDigest)
        {
            return "request body";
        }

        if (found.Response is not { } response)
        {
            return found.Flags.HasFlag(ExchangeFlags.NoResponse) ? null : "no response and no mark";
        }

        // How long the response is depends on the method, which nobody knows when the request was not seen.
        var hasRequest = found.Request is not null;
        var statusLine = $"HTTP/1.1 {expected.Status} Whatever";
        return !Answers(traffic, response, expected) ? "another's response"
            : !statusLine.StartsWith(response.FirstLine, StringComparison.Ordinal) ? "status"
            : hasRequest && response.IsComplete && response.Digest != expected.ResponseDigest ? "response body"
            : null;
    }

    /// <summary>A head that was cut before it could name its request is told by the segment it began in.</summary>
    private static bool Answers(KeepAliveTraffic traffic, RecordedMessage response, ScriptedExchange expected) =>
        Answers().Match(response.Head) is { Success: true } named
            ? named.Groups[1].Value == expected.Target
            : traffic.Segments.Any(segment => segment.Time == response.FirstOctetAt && !segment.FromClient && expected.IsHitBy(segment));

    [GeneratedRegex(KeepAliveTraffic.AnswersField + ": (\\S+)\r\n")]
    private static partial Regex Answers();
}

using System.Text.Json;
using Parallax.Shadows.Clients;
using Parallax.TestKit;
using Parallax.Wire.Http1;

namespace Parallax.Shadows.Tests.Clients;

/// <summary>Servers' answers as curl's own test suite has them: odd ones, broken ones, of every framing.</summary>
public sealed class CurlTranscriptTests
{
    [Fact]
    public void Receive_EveryTranscriptOfOneAnswer_HasStatusAndLengthInAnyPieces()
    {
        var path = RealData.PathOf("suites", "curl.jsonl");
        Assert.SkipWhen(path is null, "suites/curl.jsonl is not there; set PARALLAX_REALDATA");
        var answered = 0;
        var random = new Random(1);
        foreach (var line in File.ReadLines(path))
        {
            using var row = JsonDocument.Parse(line);
            var head = row.RootElement.GetProperty("request_b64").GetBytesFromBase64();
            var isHead = head.AsSpan().StartsWith("HEAD "u8);
            foreach (var response in row.RootElement.GetProperty("responses").EnumerateArray())
            {
                var octets = response.GetProperty("b64").GetBytesFromBase64();
                var whole = Play(octets, isHead, () => octets.Length);
                Assert.Equal(whole, Play(octets, isHead, () => 1));
                Assert.Equal(whole, Play(octets, isHead, () => random.Next(1, 40)));
                if (whole.Progress == AnswerProgress.Answered)
                {
                    answered++;
                    Assert.InRange(whole.Status, 100, 999);
                    Assert.InRange(whole.BodyOctets, 0, octets.Length);
                    Assert.True(octets.AsSpan().TrimStart("\r\n"u8).StartsWith("HTTP/1"u8));
                }
            }
        }

        Assert.InRange(answered, 300, 2000);
    }

    private static (AnswerProgress Progress, int Status, long BodyOctets) Play(byte[] octets, bool isHead, Func<int> pieceLength)
    {
        var rig = new AnswerRig(64 << 20);
        rig.Begin(isHead ? KnownMethod.Head : KnownMethod.Get);
        var progress = AnswerProgress.Pending;
        for (var at = 0; at < octets.Length && progress == AnswerProgress.Pending;)
        {
            var length = Math.Min(pieceLength(), octets.Length - at);
            progress = rig.Receive(octets.AsSpan(at, length));
            at += length;
        }

        if (progress == AnswerProgress.Pending)
        {
            progress = rig.ReceiveEnd() ? AnswerProgress.Answered : AnswerProgress.Pending;
        }

        // How much came before something malformed was met depends on the pieces; nothing depends on it.
        return progress == AnswerProgress.Answered ? (progress, rig.Status, rig.BodyOctets) : (progress, 0, 0);
    }
}

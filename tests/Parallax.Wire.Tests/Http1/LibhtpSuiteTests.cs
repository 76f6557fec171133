using System.Text.Json;
using Parallax.Wire.Http1;

namespace Parallax.Wire.Tests.Http1;

/// <summary>The 67 conversations of libhtp, each direction by itself: whole, octet by octet and at every split, and in their own
/// segments with their gaps.</summary>
public sealed class LibhtpSuiteTests
{
    [Fact]
    public void EveryDirection_EverySplitBothPolicies_SaysTheSame()
    {
        var conversations = SuiteFiles.Read("libhtp.jsonl");
        Assert.Equal(67, conversations.Count);
        foreach (var conversation in conversations)
        {
            foreach (var kind in (MessageKind[])[MessageKind.Request, MessageKind.Response])
            {
                var octets = Segments(conversation, kind).SelectMany(segment => segment.Octets).ToArray();
                Transcript.OfEverySplit(kind, Transcript.Strict, octets);
                Transcript.OfEverySplit(kind, Transcript.Loose, octets);
            }
        }
    }

    [Fact]
    public void EveryConversation_InItsSegmentsWithGaps_AccountsForEveryGap()
    {
        foreach (var conversation in SuiteFiles.Read("libhtp.jsonl"))
        {
            foreach (var kind in (MessageKind[])[MessageKind.Request, MessageKind.Response])
            {
                var transcript = new Transcript();
                var reader = new MessageReader(kind, Http1Policy.Passive);
                foreach (var (octets, isGap) in Segments(conversation, kind))
                {
                    FeedOrSkip(transcript, reader, octets, isGap);
                }

                transcript.Take(reader.Finish(), reader);
                Assert.All(transcript.Messages, message => Assert.True(message.HasEnded || transcript.Errors.Count > 0));
            }
        }
    }

    private static void FeedOrSkip(Transcript transcript, MessageReader reader, byte[] octets, bool isGap)
    {
        if (isGap)
        {
            reader.SkipGap(octets.Length);
        }
        else
        {
            transcript.Feed(reader, octets);
        }
    }

    private static IEnumerable<(byte[] Octets, bool IsGap)> Segments(JsonElement conversation, MessageKind kind) =>
        conversation.GetProperty("segments").EnumerateArray()
            .Where(segment => segment.Text("dir") == (kind == MessageKind.Request ? "c2s" : "s2c"))
            .Select(segment => (segment.GetProperty("b64").GetBytesFromBase64(), segment.GetProperty("gap").GetBoolean()));
}

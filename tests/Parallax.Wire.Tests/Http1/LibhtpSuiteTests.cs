using System.Text.Json;
using Parallax.Wire.Http1;

namespace Parallax.Wire.Tests.Http1;

/// <summary>The 67 conversations of libhtp, each direction by itself: whole, octet by octet and at every split, and in their own
/// segments with each one lost in turn.</summary>
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
                var octets = Segments(conversation, kind).SelectMany(segment => segment).ToArray();
                Transcript.OfEverySplit(kind, Transcript.Strict, octets);
                Transcript.OfEverySplit(kind, Transcript.Loose, octets);
            }
        }
    }

    /// <summary>Loses each segment in turn: what is told as complete then is told without the loss as well.</summary>
    /// <remarks>Left out is 99-expect-100: its client never sends the first body, which only the response tells
    /// (<see cref="MessageReader.WithholdBody"/>).</remarks>
    [Fact]
    public void EveryConversation_EachSegmentLost_NeverTellsAWrongMessage()
    {
        foreach (var conversation in SuiteFiles.Read("libhtp.jsonl").Where(item => item.Text("id") != "libhtp/99-expect-100.t"))
        {
            foreach (var kind in (MessageKind[])[MessageKind.Request, MessageKind.Response])
            {
                var segments = Segments(conversation, kind).ToList();
                var sound = Complete(ReadWithout(segments, kind, lost: -1)).ToList();
                for (var lost = 0; lost < segments.Count; lost++)
                {
                    Assert.Empty(Complete(ReadWithout(segments, kind, lost)).Except(sound));
                }
            }
        }
    }

    private static Transcript ReadWithout(List<byte[]> segments, MessageKind kind, int lost)
    {
        var transcript = new Transcript();
        var reader = new MessageReader(kind, Http1Policy.Passive);
        for (var i = 0; i < segments.Count; i++)
        {
            if (i == lost)
            {
                reader.SkipGap(segments[i].Length);
            }
            else
            {
                transcript.Feed(reader, segments[i]);
            }
        }

        transcript.Take(reader.Finish(), reader);
        return transcript;
    }

    private static IEnumerable<string> Complete(Transcript transcript) =>
        transcript.Messages.Where(message => message.HasEnded && !message.IsIncomplete).Select(message => message.ToString());

    private static IEnumerable<byte[]> Segments(JsonElement conversation, MessageKind kind) =>
        conversation.GetProperty("segments").EnumerateArray()
            .Where(segment => segment.Text("dir") == (kind == MessageKind.Request ? "c2s" : "s2c"))
            .Select(segment => segment.GetProperty("b64").GetBytesFromBase64());
}

using System.Globalization;
using System.Text;
using Parallax.Wire.Http1;

namespace Parallax.Wire.Tests.Http1;

/// <summary>One message as a reader told it.</summary>
internal sealed class ReadMessage
{
    public string Method { get; init; } = "";

    public string Target { get; init; } = "";

    public int Minor { get; init; }

    public int Status { get; init; }

    public string Reason { get; init; } = "";

    public List<(string Name, string Value)> Fields { get; } = [];

    public bool IsChunked { get; init; }

    public string Host { get; init; } = "";

    public bool KeepAlive { get; init; }

    public bool HasUpgrade { get; init; }

    public string RawHead { get; init; } = "";

    public StringBuilder RawBody { get; } = new();

    public StringBuilder Content { get; } = new();

    public bool HasEnded { get; set; }

    public bool IsIncomplete { get; set; }

    public override string ToString()
    {
        // What a broken message had on the wire before it broke is told only as far as its pieces go.
        var raw = HasEnded ? RawBody.ToString() : "";
        return $"{Method}|{Target}|{Minor}|{Status}|{Reason}|{string.Join(',', Fields)}|{KeepAlive}|{HasUpgrade}|{Host}|{RawHead}|{raw}|"
            + $"{Content}|{HasEnded}|{IsIncomplete}";
    }
}

/// <summary>Everything a reader says about one direction, told so that how the octets were cut must not matter.</summary>
internal sealed class Transcript
{
    /// <summary>Every split of what is shorter; of the few longer inputs an even choice.</summary>
    private const int MaxSplits = 2_500;

    public List<ReadMessage> Messages { get; } = [];

    public StringBuilder Opaque { get; } = new();

    public List<Http1Error> Errors { get; } = [];

    public Func<int, KnownMethod> RequestMethodOf { get; init; } = _ => KnownMethod.Get;

    /// <summary>The policy that throws everything away after an error: resynchronising depends on the pieces, and is meant to.</summary>
    public static Http1Policy Loose { get; } = Http1Policy.Passive with { Resynchronises = false };

    public static Http1Policy Strict { get; } = Http1Policy.Active with { RequiresHost = false };

    public static Transcript Of(
        MessageKind kind, Http1Policy policy, ReadOnlySpan<byte> octets, int[] cuts, Func<int, KnownMethod>? methods = null)
    {
        var transcript = new Transcript { RequestMethodOf = methods ?? (_ => KnownMethod.Get) };
        var reader = new MessageReader(kind, policy);
        var from = 0;
        foreach (var cut in cuts)
        {
            transcript.Feed(reader, octets[from..cut]);
            from = cut;
        }

        transcript.Feed(reader, octets[from..]);
        transcript.Take(reader.Finish(), reader);
        return transcript;
    }

    public static Transcript Of(MessageKind kind, Http1Policy policy, string octets) =>
        Of(kind, policy, Encoding.Latin1.GetBytes(octets), []);

    /// <summary>Reads whole, octet by octet and at every split, and demands the same transcript each time.</summary>
    public static Transcript OfEverySplit(MessageKind kind, Http1Policy policy, byte[] octets, Func<int, KnownMethod>? methods = null)
    {
        var whole = Of(kind, policy, octets, [], methods);
        var expected = whole.ToString();
        Assert.Equal(expected, Of(kind, policy, octets, [.. Enumerable.Range(0, octets.Length)], methods).ToString());
        for (var split = 1; split < octets.Length; split += 1 + (octets.Length / MaxSplits))
        {
            Assert.Equal(expected, Of(kind, policy, octets, [split], methods).ToString());
        }

        return whole;
    }

    public static Transcript OfEverySplit(MessageKind kind, Http1Policy policy, string octets) =>
        OfEverySplit(kind, policy, Encoding.Latin1.GetBytes(octets));

    public void Feed(MessageReader reader, ReadOnlySpan<byte> octets)
    {
        while (true)
        {
            var read = reader.Read(octets, out var consumed);
            Assert.InRange(consumed, 0, octets.Length);
            octets = octets[consumed..];
            Take(read, reader);
            if (read.Kind == ReadEventKind.NeedMore)
            {
                Assert.True(octets.IsEmpty);
                return;
            }
        }
    }

    public void Take(ReadEvent read, MessageReader reader)
    {
        switch (read.Kind)
        {
            case ReadEventKind.Head:
                reader.RequestMethod = RequestMethodOf(Messages.Count);
                Messages.Add(Describe(reader.Head, read.RawOctets));
                break;
            case ReadEventKind.Body:
                Messages[^1].RawBody.Append(Encoding.Latin1.GetString(read.RawOctets));
                Messages[^1].Content.Append(Encoding.Latin1.GetString(read.ContentOctets));
                break;
            case ReadEventKind.End:
                Messages[^1].HasEnded = true;
                Messages[^1].IsIncomplete = reader.IsIncomplete;
                Assert.True(reader.BodyOctets >= Messages[^1].Content.Length);
                break;
            case ReadEventKind.Malformed:
                Errors.Add(reader.Error);
                break;
            case ReadEventKind.Opaque:
                Opaque.Append(Encoding.Latin1.GetString(read.RawOctets));
                break;
        }
    }

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{string.Join('\n', Messages)}\n!{string.Join(',', Errors)}\n{Opaque}");

    private static ReadMessage Describe(MessageHead head, ReadOnlySpan<byte> octets)
    {
        Assert.Equal(head.Length, octets.Length);
        var message = new ReadMessage
        {
            Method = Text(head.Method, octets),
            Target = Text(head.Target, octets),
            Minor = head.VersionMinor,
            Status = head.StatusCode,
            Reason = Text(head.Reason, octets),
            IsChunked = head.IsChunked,
            Host = Text(head.Host, octets),
            KeepAlive = head.KeepAlive,
            HasUpgrade = head.HasUpgrade,
            RawHead = Encoding.Latin1.GetString(octets),
        };
        for (var i = 0; i < head.FieldCount; i++)
        {
            message.Fields.Add((Text(head[i].Name, octets), Text(head[i].Value, octets)));
        }

        return message;
    }

    private static string Text(OctetRange range, ReadOnlySpan<byte> octets) => Encoding.Latin1.GetString(range.Of(octets));
}

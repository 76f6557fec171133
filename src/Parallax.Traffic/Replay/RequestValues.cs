using System.Text;
using Parallax.Wire.Http1;

namespace Parallax.Traffic.Replay;

/// <summary>Finds the values of a <see cref="StateMap"/> in a request, whole values only: what stands next to one belongs to no longer
/// word.</summary>
/// <remarks>Reusable. Thread safety: none.</remarks>
internal sealed class RequestValues
{
    // A shorter one could be anything in a header, and in a body or query anything that is not named as an identifier.
    private const int ShortestAnywhere = 6;

    // They describe the message or the client, and hold nothing that a server issued.
    private static readonly HashSet<string> Ignored = new(StringComparer.OrdinalIgnoreCase)
    {
        "Host", "Content-Length", "Content-Type", "Content-Encoding", "Transfer-Encoding", "Connection", "Accept", "Accept-Encoding",
        "Accept-Language", "User-Agent", "Date", "If-Modified-Since", "Origin", "Expect", "Upgrade", "Cache-Control", "Range",
    };

    private readonly List<Edit> _edits = [];

    /// <summary>A value to be replaced.</summary>
    public readonly record struct Edit(int Start, int Length, byte[] Replacement, SubstitutionPlace Place)
    {
        public int End => Start + Length;
    }

    /// <summary>The values in a head, in their order; valid until the next search.</summary>
    public IReadOnlyList<Edit> FindInHead(ReadOnlySpan<byte> octets, MessageHead head, StateMap state)
    {
        _edits.Clear();
        foreach (var (recorded, issued) in Spellings(state))
        {
            FindInTarget(octets, head.Target, recorded, issued);
            for (var at = 0; at < head.FieldCount; at++)
            {
                var name = Encoding.Latin1.GetString(head[at].Name.Of(octets));
                var isCookie = name.Equals("Cookie", StringComparison.OrdinalIgnoreCase);
                if (isCookie || (recorded.Length >= ShortestAnywhere && !Ignored.Contains(name)))
                {
                    Find(octets, head[at].Value, recorded, issued, isCookie ? SubstitutionPlace.Cookie : SubstitutionPlace.Header);
                }
            }
        }

        return Settle();
    }

    /// <summary>The values in a body, in their order; valid until the next search.</summary>
    public IReadOnlyList<Edit> FindInBody(ReadOnlySpan<byte> body, StateMap state)
    {
        _edits.Clear();
        foreach (var (recorded, issued) in Spellings(state))
        {
            Find(body, new(0, body.Length), recorded, issued, SubstitutionPlace.Body);
        }

        return Settle();
    }

    // As issued, and as it is written in a query or a form.
    private static IEnumerable<(byte[] Recorded, byte[] Issued)> Spellings(StateMap state)
    {
        foreach (var (recorded, issued) in state.All)
        {
            yield return (Encoding.UTF8.GetBytes(recorded), Encoding.UTF8.GetBytes(issued));
            if (Uri.EscapeDataString(recorded) is var escaped && escaped != recorded)
            {
                yield return (Encoding.ASCII.GetBytes(escaped), Encoding.ASCII.GetBytes(Uri.EscapeDataString(issued)));
            }
        }
    }

    private void FindInTarget(ReadOnlySpan<byte> octets, OctetRange target, byte[] recorded, byte[] issued)
    {
        var query = target.Of(octets).IndexOf((byte)'?');
        var path = query < 0 ? target : target with { Length = query };
        Find(octets, path, recorded, issued, SubstitutionPlace.Path);
        if (query >= 0)
        {
            Find(octets, new(target.Start + query, target.Length - query), recorded, issued, SubstitutionPlace.Query);
        }
    }

    private void Find(ReadOnlySpan<byte> octets, OctetRange within, byte[] recorded, byte[] issued, SubstitutionPlace place)
    {
        var region = within.Of(octets);
        var from = 0;
        while (region[from..].IndexOf(recorded) is >= 0 and var at)
        {
            var start = from + at;
            var end = start + recorded.Length;
            if ((start == 0 || Ends(region[start - 1], place)) && (end == region.Length || Ends(region[end], place))
                && (recorded.Length >= ShortestAnywhere || IsCertain(region[..start], place)))
            {
                _edits.Add(new(within.Start + start, recorded.Length, issued, place));
            }

            from = start + 1;
        }
    }

    // A segment of a path is a whole one. A dot joins words, too, but in a sentence of a body it ends them.
    private static bool Ends(byte neighbour, SubstitutionPlace place) => place == SubstitutionPlace.Path
        ? neighbour is (byte)'/' or (byte)';' or (byte)':' or (byte)','
        : !char.IsAsciiLetterOrDigit((char)neighbour) && neighbour is not ((byte)'-' or (byte)'_' or (byte)'.' or (byte)'%');

    // "itemId": 17, item_id=17.
    private static bool IsCertain(ReadOnlySpan<byte> before, SubstitutionPlace place)
    {
        if (place is not (SubstitutionPlace.Body or SubstitutionPlace.Query))
        {
            return true;
        }

        before = before.TrimEnd("\" "u8);
        return before is [.., (byte)':' or (byte)'=']
            && before[..^1].TrimEnd("\" "u8) is [.., (byte)'i' or (byte)'I', (byte)'d' or (byte)'D'];
    }

    // Where two overlap, the one that begins first counts, then the longer one.
    private List<Edit> Settle()
    {
        _edits.Sort((one, other) => one.Start != other.Start ? one.Start.CompareTo(other.Start) : other.Length.CompareTo(one.Length));
        var end = 0;
        _edits.RemoveAll(edit =>
        {
            var overlaps = edit.Start < end;
            end = overlaps ? end : edit.End;
            return overlaps;
        });
        return _edits;
    }
}

using System.Buffers;
using System.Buffers.Text;
using System.Text;
using Parallax.Wire.Http1;

namespace Parallax.Shadows.Replay;

/// <summary>Finds the values of a <see cref="StateMap"/> in a request, whole values only: what stands next to one belongs to no longer
/// word.</summary>
/// <remarks>Reusable. Thread safety: none.</remarks>
/// <param name="rules">Those that may have found a value.</param>
internal sealed class RequestValues(IReadOnlyList<StateRule> rules)
{
    // A shorter one could be anything in a header, and in a body or query anything that is not named as an identifier.
    private const int ShortestAnywhere = 6;

    // What stands before a short value says whether it is meant.
    private const int LongestLead = 64;

    // They describe the message or the client, and hold nothing that a server issued.
    private static readonly HashSet<string> Ignored = new(StringComparer.OrdinalIgnoreCase)
    {
        "Host", "Content-Length", "Content-Type", "Content-Encoding", "Transfer-Encoding", "Connection", "Accept", "Accept-Encoding",
        "Accept-Language", "User-Agent", "Date", "If-Modified-Since", "Origin", "Expect", "Upgrade", "Cache-Control", "Range",
    };

    private readonly List<Edit> _edits = [];
    private readonly List<StateMap.Spelling> _found = [];

    /// <summary>A value to be replaced.</summary>
    public readonly record struct Edit(int Start, int Length, byte[] Replacement, SubstitutionPlace Place, int? Rule = null)
    {
        public int End => Start + Length;
    }

    /// <summary>The values in a head, in their order; valid until the next search.</summary>
    public IReadOnlyList<Edit> FindInHead(ReadOnlySpan<byte> octets, MessageHead head, StateMap state)
    {
        _edits.Clear();
        FindInTarget(octets, head.Target, state);
        for (var at = 0; at < head.FieldCount; at++)
        {
            var name = Encoding.Latin1.GetString(head[at].Name.Of(octets));
            if (name.Equals("Cookie", StringComparison.OrdinalIgnoreCase))
            {
                Find(octets, head[at].Value, state, SubstitutionPlace.Cookie);
            }
            else if (head[at].Value.Of(octets) is var value && value.StartsWith("Basic "u8))
            {
                FindInBasic(value["Basic "u8.Length..], head[at].Value.Start + "Basic "u8.Length, state);
            }
            else if (!Ignored.Contains(name))
            {
                Find(octets, head[at].Value, state, SubstitutionPlace.Header);
            }
        }

        return Settle();
    }

    /// <summary>The values in a body, in their order; valid until the next search.</summary>
    public IReadOnlyList<Edit> FindInBody(ReadOnlySpan<byte> body, StateMap state)
    {
        _edits.Clear();
        Find(body, new(0, body.Length), state, SubstitutionPlace.Body);
        return Settle();
    }

    // User and password, coded together (RFC 7617).
    private void FindInBasic(ReadOnlySpan<byte> coded, int at, StateMap state)
    {
        var pair = new byte[coded.Length];
        if (Base64.DecodeFromUtf8(coded, pair, out _, out var length) != OperationStatus.Done)
        {
            return;
        }

        var inPair = new RequestValues(rules);
        inPair.Find(pair.AsSpan(0, length), new(0, length), state, SubstitutionPlace.Header);
        var (plain, done) = (new ArrayBufferWriter<byte>(), 0);
        foreach (var edit in inPair.Settle())
        {
            plain.Write(pair.AsSpan(done, edit.Start - done));
            plain.Write(edit.Replacement);
            done = edit.End;
        }

        if (done > 0)
        {
            plain.Write(pair.AsSpan(done, length - done));
            var replacement = Encoding.ASCII.GetBytes(Convert.ToBase64String(plain.WrittenSpan));
            _edits.Add(new(at, coded.Length, replacement, SubstitutionPlace.Header, inPair._edits[0].Rule));
        }
    }

    private void FindInTarget(ReadOnlySpan<byte> octets, OctetRange target, StateMap state)
    {
        var query = target.Of(octets).IndexOf((byte)'?');
        var path = query < 0 ? target : target with { Length = query };
        Find(octets, path, state, SubstitutionPlace.Path);
        if (query >= 0)
        {
            Find(octets, new(target.Start + query, target.Length - query), state, SubstitutionPlace.Query);
        }
    }

    private void Find(ReadOnlySpan<byte> octets, OctetRange within, StateMap state, SubstitutionPlace place)
    {
        var region = within.Of(octets);
        for (var start = 0; start < region.Length; start++)
        {
            if (start > 0 && !Ends(region[start - 1], place) && !FollowsEscape(region[..start]))
            {
                continue;
            }

            _found.Clear();
            state.FindAt(region[start..], _found);
            foreach (var spelling in _found)
            {
                var end = start + spelling.Recorded.Length;
                var isWhole = end == region.Length || Ends(region[end], place) || BeginsEscape(region[end..]);
                if (isWhole && IsMeant(spelling, region[..start], place))
                {
                    _edits.Add(new(within.Start + start, spelling.Recorded.Length, spelling.Issued, place, spelling.Rule));
                }
            }
        }
    }

    // A rule may say where its values stand; a short value stands for itself only where nothing else can be meant.
    private bool IsMeant(StateMap.Spelling spelling, ReadOnlySpan<byte> before, SubstitutionPlace place)
    {
        if (spelling.Rule is { } rule && rules[rule].Places is { Count: > 0 } places)
        {
            return places.Contains(place);
        }

        return spelling.Recorded.Length >= ShortestAnywhere || (place != SubstitutionPlace.Header && IsCertain(before, place));
    }

    // A segment of a path is a whole one. A dot joins words, too, but in a sentence of a body it ends them.
    private static bool Ends(byte neighbour, SubstitutionPlace place) => place == SubstitutionPlace.Path
        ? neighbour is (byte)'/' or (byte)';' or (byte)':' or (byte)',' or (byte)'='
        : !char.IsAsciiLetterOrDigit((char)neighbour) && neighbour is not ((byte)'-' or (byte)'_' or (byte)'.' or (byte)'%');

    // %2F, \u0026: what an escape stands for ends a word unless it is part of one.
    private static bool FollowsEscape(ReadOnlySpan<byte> before) =>
        (before.Length >= 3 && BeginsEscape(before[^3..]))
        || (before.Length >= 6 && before[^6] == (byte)'\\' && BeginsEscape(before[^6..]));

    private static bool BeginsEscape(ReadOnlySpan<byte> rest)
    {
        var digits = rest.StartsWith("\\u00"u8) ? rest[4..] : rest is [(byte)'%', ..] ? rest[1..] : default;
        return digits.Length >= 2 && Utf8Parser.TryParse(digits[..2], out byte octet, out var read, 'x') && read == 2
            && !char.IsAsciiLetterOrDigit((char)octet) && octet is not ((byte)'-' or (byte)'_' or (byte)'.' or (byte)'%');
    }

    // "itemId": 17, item_id=17.
    private static bool IsCertain(ReadOnlySpan<byte> before, SubstitutionPlace place)
    {
        if (place is not (SubstitutionPlace.Body or SubstitutionPlace.Query))
        {
            return true;
        }

        before = before[^Math.Min(before.Length, LongestLead)..].TrimEnd("\" "u8);
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

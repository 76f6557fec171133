using System.Text;
using Parallax.Traffic.Rewriting;
using Parallax.Wire.Http1;

namespace Parallax.Traffic.Policy;

/// <summary>A condition on one header or one query parameter.</summary>
/// <remarks>Thread safety: immutable; the scratch room belongs to the calling thread. No allocation.</remarks>
/// <param name="name">The header's name (any case) or the parameter's (as it is written in the query).</param>
/// <param name="value">What its value must be.</param>
public sealed class FieldMatch(string name, TextMatch value)
{
    private readonly byte[] _name = Encoding.UTF8.GetBytes(name);
    private readonly FieldName _field = FieldNames.Of(Encoding.UTF8.GetBytes(name));

    /// <summary>True when the header is there and fulfils the condition. One that occurs several times is looked at as one list, joined by
    /// commas.</summary>
    /// <param name="head">A request's head.</param>
    /// <param name="octets">The octets it was read from.</param>
    /// <param name="scratch">The calling thread's.</param>
    /// <param name="scheme">Of a client that is not believed, what it really speaks, <c>http</c> or <c>https</c>: the condition sees what
    /// the primary will see, not what the client says of itself. Empty for one that is believed.</param>
    public bool MatchesHeader(MessageHead head, ReadOnlySpan<byte> octets, Latin1Scratch scratch, ReadOnlySpan<byte> scheme = default) =>
        TryFindHeader(head, octets, scratch, scheme, out var text) && value.Matches(text, scratch);

    /// <summary>True when the header does not fulfil the condition; one that is missing is looked at as empty, unless the condition is that
    /// it is there.</summary>
    /// <param name="head">A request's head.</param>
    /// <param name="octets">The octets it was read from.</param>
    /// <param name="scratch">The calling thread's.</param>
    /// <param name="scheme">As for <see cref="MatchesHeader"/>.</param>
    public bool RefusesHeader(MessageHead head, ReadOnlySpan<byte> octets, Latin1Scratch scratch, ReadOnlySpan<byte> scheme = default)
    {
        var found = TryFindHeader(head, octets, scratch, scheme, out var text);
        return value.IsPresence ? !found : !value.Matches(text, scratch);
    }

    /// <summary>True when the query has the parameter and its first value fulfils the condition; both are compared as they are
    /// written.</summary>
    /// <param name="query">What stands after the path's question mark.</param>
    /// <param name="scratch">The calling thread's.</param>
    public bool MatchesParam(ReadOnlySpan<byte> query, Latin1Scratch scratch) =>
        QueryParams.TryFind(query, _name, out var text) && value.Matches(text, scratch);

    private bool TryFindHeader(
        MessageHead head, ReadOnlySpan<byte> octets, Latin1Scratch scratch, ReadOnlySpan<byte> scheme, out ReadOnlySpan<byte> text)
    {
        ArgumentNullException.ThrowIfNull(head);
        ArgumentNullException.ThrowIfNull(scratch);
        text = default;
        if (!scheme.IsEmpty && FieldNames.IsClaim(_field))
        {
            text = _field == FieldName.ForwardedProto ? scheme : default;
            return _field == FieldName.ForwardedProto;
        }

        var count = 0;
        for (var index = 0; index < head.FieldCount; index++)
        {
            var field = head[index];
            if (field.Name.Length == _name.Length && Ascii.EqualsIgnoreCase(field.Name.Of(octets), _name))
            {
                var line = field.Value.Of(octets);
                text = count++ == 0 ? line : scratch.Join(text, line);
            }
        }

        return count > 0;
    }
}

/// <summary>Reads the parameters of a query.</summary>
/// <remarks>Thread safety: pure.</remarks>
public static class QueryParams
{
    /// <summary>The first value of the parameter, as it is written.</summary>
    /// <param name="query">What stands after the path's question mark.</param>
    /// <param name="name">The name as it is written.</param>
    /// <param name="value">Its value; empty for one without <c>=</c>, and when false is returned.</param>
    public static bool TryFind(ReadOnlySpan<byte> query, ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        while (!query.IsEmpty)
        {
            var end = query.IndexOf((byte)'&');
            var pair = end < 0 ? query : query[..end];
            query = end < 0 ? default : query[(end + 1)..];
            if (pair.StartsWith(name) && (pair.Length == name.Length || pair[name.Length] == (byte)'='))
            {
                value = pair.Length == name.Length ? default : pair[(name.Length + 1)..];
                return true;
            }
        }

        value = default;
        return false;
    }
}

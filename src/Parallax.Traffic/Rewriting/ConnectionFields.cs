using System.Runtime.CompilerServices;
using System.Text;
using Parallax.Wire.Http1;

namespace Parallax.Traffic.Rewriting;

/// <summary>The fields that belong to the connection a message came on and end there (RFC 9110 §7.6.1): those that Connection
/// names.</summary>
/// <remarks>Of the names, those that stand for themselves (close, keep-alive, upgrade, te, …) are not kept: the rules for these fields need
/// no naming. Names beyond the sixteenth have no effect; no honest message has them.</remarks>
internal ref struct ConnectionFields
{
    private const int MaxNames = 16;

    private readonly ReadOnlySpan<byte> _octets;
    private NameRanges _names;
    private int _count;

    /// <summary>Reads every Connection field of a head.</summary>
    public ConnectionFields(MessageHead head, ReadOnlySpan<byte> octets)
    {
        _octets = octets;
        for (var index = 0; index < head.FieldCount; index++)
        {
            var field = head[index];
            if (field.Name.Length == 10 && Ascii.EqualsIgnoreCase(field.Name.Of(octets), "connection"u8))
            {
                Read(field.Value);
            }
        }
    }

    /// <summary>True when Connection names this field.</summary>
    public readonly bool Names(ReadOnlySpan<byte> name)
    {
        for (var index = 0; index < _count; index++)
        {
            if (_names[index].Length == name.Length && Ascii.EqualsIgnoreCase(_names[index].Of(_octets), name))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>True when a list of transfer codings holds <c>trailers</c>.</summary>
    public static bool TakesTrailers(ReadOnlySpan<byte> codings)
    {
        foreach (var range in codings.Split((byte)','))
        {
            if (Ascii.EqualsIgnoreCase(codings[range].Trim(" \t"u8), "trailers"u8))
            {
                return true;
            }
        }

        return false;
    }

    private void Read(OctetRange list)
    {
        var at = list.Start;
        while (at < list.End && _count < MaxNames)
        {
            var rest = _octets[at..list.End];
            var length = rest.IndexOf((byte)',');
            length = length < 0 ? rest.Length : length;
            var name = rest[..length].Trim(" \t\r\n"u8);
            if (FieldNames.Of(name) == FieldName.Other && !IsOption(name))
            {
                _names[_count++] = new OctetRange(at + rest.IndexOf(name), name.Length);
            }

            at += length + 1;
        }
    }

    // What is not a field's name.
    private static bool IsOption(ReadOnlySpan<byte> name) =>
        name.IsEmpty || (name.Length == 5 && Ascii.EqualsIgnoreCase(name, "close"u8));

    [InlineArray(MaxNames)]
    private struct NameRanges
    {
        private OctetRange _first;
    }
}

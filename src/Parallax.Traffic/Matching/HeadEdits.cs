using System.Text;
using Parallax.Wire.Http1;

namespace Parallax.Traffic.Matching;

/// <summary>Header edits compiled: of several for one header, only those that have an effect when they are carried out in order.</summary>
/// <remarks>Thread safety: immutable; what was done in one head is a bit set of the caller's.</remarks>
internal sealed class HeadEdits
{
    // One bit each remembers which edit was carried out.
    private const int MostEdits = 63;

    private readonly HeaderEdit[] _edits;

    // A bit for each length of a name that is set or removed: most names are told from all of them by it. Lengths from 63 on share one.
    private readonly ulong _lengths;

    /// <exception cref="ArgumentException">There are too many edits.</exception>
    public HeadEdits(IEnumerable<HeaderEdit> edits)
    {
        var kept = new List<HeaderEdit>();
        foreach (var edit in edits)
        {
            if (edit.Kind != HeaderEditKind.Add)
            {
                kept.RemoveAll(earlier => earlier.Name.Equals(edit.Name, StringComparison.OrdinalIgnoreCase));
                _lengths |= LengthBit(edit.NameOctets.Length);
            }

            kept.Add(edit);
        }

        if (kept.Count > MostEdits)
        {
            throw new ArgumentException($"There are {kept.Count} header edits; at most 60 are possible.", nameof(edits));
        }

        _edits = [.. kept];
    }

    /// <summary>True when a header of that name is set or removed.</summary>
    public bool Has(ReadOnlySpan<byte> name) => IndexOf(name) >= 0;

    /// <summary>Carries the edit out that sets or removes this field.</summary>
    /// <returns>False when there is none; nothing was done then.</returns>
    public bool TryApply(in HeaderField field, ReadOnlySpan<byte> name, ref HeadCopy copy, ref ulong done)
    {
        if ((_lengths & LengthBit(name.Length)) == 0 || IndexOf(name) is var index && index < 0)
        {
            return false;
        }

        var bit = 1UL << index;
        if (_edits[index].Kind == HeaderEditKind.Remove || (done & bit) != 0)
        {
            copy.DropLine(field);
            return true;
        }

        done |= bit;
        copy.ReplaceValue(field, _edits[index].ValueOctets);
        return true;
    }

    /// <summary>Writes the fields that are new.</summary>
    public void AddLines(ref HeadCopy copy, ulong done)
    {
        for (var index = 0; index < _edits.Length; index++)
        {
            var edit = _edits[index];
            if (edit.Kind == HeaderEditKind.Add || (edit.Kind == HeaderEditKind.Set && (done & (1UL << index)) == 0))
            {
                copy.AddLine(edit.NameOctets, edit.ValueOctets);
            }
        }
    }

    private static ulong LengthBit(int length) => 1UL << Math.Min(length, 63);

    private int IndexOf(ReadOnlySpan<byte> name)
    {
        for (var index = 0; index < _edits.Length; index++)
        {
            var edit = _edits[index];
            if (edit.Kind != HeaderEditKind.Add && edit.NameOctets.Length == name.Length && Ascii.EqualsIgnoreCase(edit.NameOctets, name))
            {
                return index;
            }
        }

        return -1;
    }
}

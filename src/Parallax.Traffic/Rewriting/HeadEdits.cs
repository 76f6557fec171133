using System.Text;
using Parallax.Wire.Http1;

namespace Parallax.Traffic.Rewriting;

/// <summary>Header edits compiled: of several for one header, only those that have an effect when they are carried out in order.</summary>
/// <remarks>Thread safety: immutable; what was done in one head is a bit set of the caller's.</remarks>
internal sealed class HeadEdits
{
    /// <summary>How many edits a user may make to one head.</summary>
    public const int MaxOfUser = 60;

    // One bit each remembers which edit was carried out; three may be ours.
    private const int MaxEdits = MaxOfUser + 3;

    private readonly HeaderEdit[] _edits;

    // A bit for each length of a name that is set or removed: most names are told from all of them by it. Lengths from 63 on share one.
    private readonly ulong _lengths;

    /// <exception cref="ArgumentException">There are too many edits.</exception>
    public HeadEdits(IEnumerable<HeaderEdit> edits)
    {
        var kept = KeptOf(edits);
        if (kept.Count > MaxEdits)
        {
            throw new ArgumentException($"There are {kept.Count} header edits; at most {MaxOfUser} are possible.", nameof(edits));
        }

        _edits = [.. kept];
        HasTemplates = kept.Exists(edit => edit.Template is not null);
        foreach (var edit in kept.Where(edit => edit.Kind != HeaderEditKind.Add))
        {
            _lengths |= LengthBit(edit.NameOctets.Length);
        }
    }

    /// <summary>True when a value is made again for each message.</summary>
    public bool HasTemplates { get; }

    /// <summary>The edits that are left when those have gone which a later one takes the place of.</summary>
    public static List<HeaderEdit> KeptOf(IEnumerable<HeaderEdit> edits)
    {
        var kept = new List<HeaderEdit>();
        var overruled = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var edit in edits.Reverse())
        {
            if (overruled.Contains(edit.Name))
            {
                continue;
            }

            kept.Add(edit);
            if (edit.Kind != HeaderEditKind.Add && edit.Template is null)
            {
                // A value that may be empty may leave what was said before in force.
                overruled.Add(edit.Name);
            }
        }

        kept.Reverse();
        return kept;
    }

    /// <summary>The edits that set or remove a header of that name, a bit each.</summary>
    public ulong BitsOf(ReadOnlySpan<byte> name)
    {
        var bits = 0UL;
        for (var index = 0; index < _edits.Length; index++)
        {
            bits |= _edits[index].Kind != HeaderEditKind.Add && IsNamed(index, name) ? 1UL << index : 0;
        }

        return bits;
    }

    /// <summary>The edits that change nothing in a message because their value is empty, a bit each; for those who
    /// <see cref="HasTemplates"/>.</summary>
    public ulong FindEmpty(in ValueWriter values, in HeadInputs inputs)
    {
        var empty = 0UL;
        for (var index = 0; index < _edits.Length; index++)
        {
            empty |= _edits[index].Template is { } template && values.Render(template, inputs).IsEmpty ? 1UL << index : 0;
        }

        return empty;
    }

    /// <summary>Carries the edit out that sets or removes this field.</summary>
    /// <returns>False when there is none; nothing was done then.</returns>
    public bool TryApply(
        in HeaderField field, ReadOnlySpan<byte> name, in ValueWriter values, in HeadInputs inputs, ref HeadCopy copy, ref FieldFacts facts)
    {
        if ((_lengths & LengthBit(name.Length)) == 0 || IndexOf(name, facts.EditsEmpty) is var index && index < 0)
        {
            return false;
        }

        var bit = 1UL << index;
        if (_edits[index].Kind == HeaderEditKind.Remove || (facts.EditsDone & bit) != 0)
        {
            copy.DropLine(field);
            return true;
        }

        facts.EditsDone |= bit;
        copy.ReplaceValue(field, ValueOf(_edits[index], values, inputs));
        return true;
    }

    /// <summary>Writes the fields that are new.</summary>
    public void AddLines(in ValueWriter values, in HeadInputs inputs, ref HeadCopy copy, in FieldFacts facts)
    {
        for (var index = 0; index < _edits.Length; index++)
        {
            var edit = _edits[index];
            var bit = 1UL << index;
            if (edit.Kind != HeaderEditKind.Remove && ((facts.EditsDone | facts.EditsEmpty) & bit) == 0
                && !(HasTemplates && IsOverruled(index, facts.EditsEmpty)))
            {
                copy.AddLine(edit.NameOctets, ValueOf(edit, values, inputs));
            }
        }
    }

    private static ReadOnlySpan<byte> ValueOf(HeaderEdit edit, in ValueWriter values, in HeadInputs inputs) =>
        edit.Template is { } template ? values.Render(template, inputs) : edit.ValueOctets;

    private static bool IsSameName(HeaderEdit one, HeaderEdit other) => one.Name.Equals(other.Name, StringComparison.OrdinalIgnoreCase);

    private static ulong LengthBit(int length) => 1UL << Math.Min(length, 63);

    // True when a later edit of the same header, which would have taken this one's place had its value been known before, is in force.
    private bool IsOverruled(int index, ulong empty)
    {
        for (var later = index + 1; later < _edits.Length; later++)
        {
            if (_edits[later].Kind != HeaderEditKind.Add && (empty & (1UL << later)) == 0 && IsSameName(_edits[index], _edits[later]))
            {
                return true;
            }
        }

        return false;
    }

    // The last that is in force.
    private int IndexOf(ReadOnlySpan<byte> name, ulong empty)
    {
        for (var index = _edits.Length - 1; index >= 0; index--)
        {
            if (_edits[index].Kind != HeaderEditKind.Add && (empty & (1UL << index)) == 0 && IsNamed(index, name))
            {
                return index;
            }
        }

        return -1;
    }

    private bool IsNamed(int index, ReadOnlySpan<byte> name) =>
        _edits[index].NameOctets.Length == name.Length && Ascii.EqualsIgnoreCase(_edits[index].NameOctets, name);
}

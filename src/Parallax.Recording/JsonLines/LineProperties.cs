using System.Text;
using System.Text.Json;

namespace Parallax.Recording.JsonLines;

/// <summary>Names of properties, found fast where they stand in the order in which they are written.</summary>
/// <remarks>Thread safety: immutable.</remarks>
internal sealed class LineProperties(params string[] names)
{
    private readonly byte[][] _names = [.. names.Select(Encoding.ASCII.GetBytes)];

    /// <summary>The name at a place.</summary>
    public string this[int place] => names[place];

    /// <summary>The place of the property that was read; -1 when it is another.</summary>
    /// <param name="reader">Stands on the name.</param>
    /// <param name="expected">Where to look first.</param>
    public int Find(in Utf8JsonReader reader, int expected)
    {
        if (expected < _names.Length && reader.ValueTextEquals(_names[expected]))
        {
            return expected;
        }

        for (var place = 0; place < _names.Length; place++)
        {
            if (reader.ValueTextEquals(_names[place]))
            {
                return place;
            }
        }

        return -1;
    }
}

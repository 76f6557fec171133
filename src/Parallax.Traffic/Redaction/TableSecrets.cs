using Parallax.Traffic.Contents;

namespace Parallax.Traffic.Redaction;

/// <summary>Finds the secrets in tables of text (RFC 4180): the cells below a head that is called like a secret.</summary>
/// <remarks>Thread safety: pure functions.</remarks>
internal static class TableSecrets
{
    private const int MaxColumns = 4096;

    /// <summary>True for the media type of a table.</summary>
    public static bool IsTable(ReadOnlySpan<byte> media) =>
        MediaType.EndsWith(media, "csv"u8) || MediaType.EndsWith(media, "tab-separated-values"u8);

    /// <summary>Finds them.</summary>
    /// <param name="table">Rows of cells, the first with their names; parted by tabs, semicolons or commas.</param>
    /// <param name="at">Where it begins in the octets that <paramref name="found"/> speaks of.</param>
    /// <param name="found">Gains the secrets.</param>
    public static void Find(ReadOnlySpan<byte> table, int at, FoundSecrets found)
    {
        var first = table.IndexOf((byte)'\n') is >= 0 and var end ? table[..end] : table;
        var separator = first.Contains((byte)'\t') ? (byte)'\t' : first.Contains((byte)';') ? (byte)';' : (byte)',';
        var columns = new List<KeyMeaning>();
        var (column, isHead) = (0, true);
        for (var from = 0; from < table.Length; column++)
        {
            var length = LengthOfCell(table[from..], separator);
            var cell = table.Slice(from, length).TrimEnd("\r\""u8);
            var start = from + (cell is [(byte)'"', ..] ? 1 : 0);
            cell = cell.TrimStart((byte)'"');
            if (isHead && columns.Count < MaxColumns)
            {
                columns.Add(SecretKeys.MeaningOf(cell));
            }
            else if (!isHead && column < columns.Count && SecretKeys.IsSecret(columns[column], cell) && !SecretMarks.IsMark(cell))
            {
                found.Add(at + start, cell.Length, SecretKind.Secret, MarkStyle.Plain);
            }

            from += length + 1;
            if (from <= table.Length && table[from - 1] == (byte)'\n')
            {
                (column, isHead) = (-1, false);
            }
        }
    }

    // A quote within quotes is doubled, so that what is between two cells stands after an even number of quotes.
    private static int LengthOfCell(ReadOnlySpan<byte> rest, byte separator)
    {
        if (rest[0] != (byte)'"')
        {
            return rest.IndexOfAny(separator, (byte)'\n') is >= 0 and var length ? length : rest.Length;
        }

        for (var from = 1; rest[from..].IndexOf((byte)'"') is >= 0 and var next; from += next + 2)
        {
            var close = from + next;
            if (close + 1 >= rest.Length || rest[close + 1] != (byte)'"')
            {
                return close + (rest[close..].IndexOfAny(separator, (byte)'\n') is >= 0 and var after ? after : rest.Length - close);
            }
        }

        return rest.Length;
    }
}

using Parallax.Wire.Http1;

namespace Parallax.Traffic.Rewriting;

/// <summary>The list of addresses a request came through.</summary>
internal static class ForwardedAddresses
{
    /// <summary>True when no later field goes on with the list: its end is the end of the last line (RFC 9110 §5.3).</summary>
    public static bool IsLast(MessageHead head, int index, ReadOnlySpan<byte> octets)
    {
        for (var later = index + 1; later < head.FieldCount; later++)
        {
            if (FieldNames.Of(head[later].Name.Of(octets)) == FieldName.ForwardedFor)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Copies the field and appends one address, or two when <paramref name="second"/> is not empty.</summary>
    public static void Append(in HeaderField field, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, ref HeadCopy copy)
    {
        copy.BeginValue(field);
        copy.Write(field.Value.Of(copy.Octets));
        copy.Write(field.Value.IsEmpty ? default : ", "u8);
        WriteBoth(first, second, ref copy);
    }

    /// <summary>Writes a new field.</summary>
    public static void Add(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, ref HeadCopy copy)
    {
        copy.Write("x-forwarded-for: "u8);
        WriteBoth(first, second, ref copy);
        copy.Write("\r\n"u8);
    }

    private static void WriteBoth(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, ref HeadCopy copy)
    {
        copy.Write(first);
        if (!second.IsEmpty)
        {
            copy.Write(", "u8);
            copy.Write(second);
        }
    }
}

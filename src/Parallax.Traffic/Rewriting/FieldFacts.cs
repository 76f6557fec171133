using Parallax.Wire.Http1;

namespace Parallax.Traffic.Rewriting;

/// <summary>What was seen, and done, in the fields of the head being written.</summary>
internal struct FieldFacts
{
    /// <summary>The edits carried out, a bit each.</summary>
    public ulong EditsDone;

    /// <summary>The edits whose value is empty for this message, so that they change nothing, a bit each.</summary>
    public ulong EditsEmpty;

    public bool HasHost { get; set; }

    public bool HasForwardedFor { get; set; }

    public bool HasForwardedProto { get; set; }

    public bool HasRequestId { get; set; }

    /// <summary>A Content-Length was kept.</summary>
    public bool HasLength { get; set; }

    /// <summary>Connection names keep-alive.</summary>
    public bool KeepsAlive { get; set; }

    /// <summary>TE names trailers.</summary>
    public bool TakesTrailers { get; set; }
}

/// <summary>The list of addresses a request came through.</summary>
internal static class ForwardedFor
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

namespace Parallax.Wire.Http1;

/// <summary>Takes a comma-separated list apart (RFC 9110 §5.6.1), line ends of folds counted as whitespace.</summary>
internal static class ListReader
{
    /// <summary>Takes the next member off <paramref name="list"/>, trimmed and possibly empty; false at the end.</summary>
    internal static bool TryTake(ref ReadOnlySpan<byte> list, out ReadOnlySpan<byte> member)
    {
        member = default;
        if (list.IsEmpty)
        {
            return false;
        }

        var comma = list.IndexOf((byte)',');
        member = (comma < 0 ? list : list[..comma]).Trim(" \t\r\n"u8);
        list = comma < 0 ? default : list[(comma + 1)..];
        return true;
    }
}

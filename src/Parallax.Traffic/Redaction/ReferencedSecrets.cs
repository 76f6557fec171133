using System.Buffers;
using Parallax.Traffic.Contents;

namespace Parallax.Traffic.Redaction;

/// <summary>Secrets in values of markup that are written with character references.</summary>
/// <remarks>Thread safety: pure functions.</remarks>
internal static class ReferencedSecrets
{
    /// <summary>Looks into a value with character references.</summary>
    public static void Look(ReadOnlySpan<byte> value, int at, FoundSecrets found, MarkStyle style, IValueRule rule)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(value.Length);
        if (rule.Holds(buffer.AsSpan(0, Escapes.References(value, buffer)), out var kind))
        {
            found.Add(at, value.Length, kind, style);
        }

        ArrayPool<byte>.Shared.Return(buffer);
    }
}

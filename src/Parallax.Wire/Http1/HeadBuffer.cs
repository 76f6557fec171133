using System.Buffers;

namespace Parallax.Wire.Http1;

/// <summary>Keeps the octets of a head that arrives in pieces.</summary>
/// <remarks>Ownership: its pooled array is its own from the first piece to <see cref="Release"/>. Thread safety: none.</remarks>
internal sealed class HeadBuffer
{
    private byte[] _octets = [];

    internal int Length { get; private set; }

    /// <summary>What it holds of the pool, in bytes.</summary>
    internal int HeldBytes => _octets.Length;

    internal ReadOnlySpan<byte> Octets => _octets.AsSpan(0, Length);

    /// <summary>How many of the octets were read.</summary>
    internal int Read { get; set; }

    internal ReadOnlySpan<byte> Unread => Octets[Read..];

    internal void Append(ReadOnlySpan<byte> piece)
    {
        if (_octets.Length - Length < piece.Length)
        {
            Grow(Length + piece.Length);
        }

        piece.CopyTo(_octets.AsSpan(Length));
        Length += piece.Length;
    }

    internal void Release()
    {
        if (_octets.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_octets);
        }

        _octets = [];
        Length = Read = 0;
    }

    private void Grow(int atLeast)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(atLeast, _octets.Length * 2));
        Octets.CopyTo(larger);
        if (_octets.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_octets);
        }

        _octets = larger;
    }
}

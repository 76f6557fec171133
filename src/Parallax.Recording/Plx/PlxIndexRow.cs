using Parallax.Wire;

namespace Parallax.Recording.Plx;

/// <summary>Where a block of entries is and what it holds.</summary>
/// <param name="Offset">From the beginning of the file to the block's header, in bytes.</param>
/// <param name="FirstEntry">Entries of the file before it.</param>
/// <param name="Entries">Entries in it.</param>
/// <param name="StoredLength">Its length without the header, in bytes.</param>
/// <param name="Earliest">When the first of its exchanges began.</param>
/// <param name="Latest">When the last of them began.</param>
/// <remarks>Thread safety: an immutable value.</remarks>
public readonly record struct PlxIndexRow(
    long Offset, long FirstEntry, int Entries, int StoredLength, Timestamp Earliest, Timestamp Latest);

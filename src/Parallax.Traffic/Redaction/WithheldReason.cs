namespace Parallax.Traffic.Redaction;

/// <summary>Why a message, its body or a part of the body is not in a recording: it could not be looked into for secrets.</summary>
public enum WithheldReason : byte
{
    /// <summary>The message has no head that can be read.</summary>
    Unreadable,

    /// <summary>The content coding is not known, the content is not of it, or something stands after its end.</summary>
    Coding,

    /// <summary>The content is too large without its coding.</summary>
    TooLarge,

    /// <summary>It is said to be JSON or multipart and is not.</summary>
    Damaged,

    /// <summary>It is not text: an image, an archive, a binary format. <c>--keep-opaque</c> keeps it.</summary>
    Opaque,

    /// <summary>It is nested so deep, or begins so often like a format that it is not, that looking into it takes more work than its length
    /// allows.</summary>
    TooComplex,
}

/// <summary>How many bodies, and parts of bodies, were withheld, by reason.</summary>
/// <remarks>Thread safety: one thread counts, any may read.</remarks>
public sealed class WithheldCounters
{
    private static readonly string[] Names = ["unreadable", "coding", "too-large", "damaged", "opaque", "too-complex"];

    private readonly long[] _counts = new long[Names.Length];

    /// <summary>How many reasons there are.</summary>
    public static int Reasons => Names.Length;

    /// <summary>The name used in the account; it never changes.</summary>
    public static string NameOf(WithheldReason reason) => Names[(int)reason];

    /// <summary>Everything as it stands, indexed by <see cref="WithheldReason"/>.</summary>
    public IReadOnlyList<long> Read() => [.. Enumerable.Range(0, Reasons).Select(reason => Volatile.Read(ref _counts[reason]))];

    internal void Count(WithheldReason reason, int count = 1) =>
        Volatile.Write(ref _counts[(int)reason], _counts[(int)reason] + count);
}

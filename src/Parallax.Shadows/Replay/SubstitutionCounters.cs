namespace Parallax.Shadows.Replay;

/// <summary>Where in a request a value was replaced.</summary>
public enum SubstitutionPlace : byte
{
    /// <summary>A segment of the path.</summary>
    Path,

    /// <summary>The query.</summary>
    Query,

    /// <summary>A cookie.</summary>
    Cookie,

    /// <summary>Another header.</summary>
    Header,

    /// <summary>The body.</summary>
    Body,
}

/// <summary>How many values were replaced, by place.</summary>
/// <remarks>Thread safety: one thread counts, any may read.</remarks>
public sealed class SubstitutionCounters
{
    private static readonly string[] Names = ["path", "query", "cookie", "header", "body"];

    private readonly long[] _counts = new long[Places];

    /// <summary>How many places there are.</summary>
    public static int Places => Names.Length;

    /// <summary>The name used in the account; it never changes.</summary>
    public static string NameOf(SubstitutionPlace place) => Names[(int)place];

    /// <summary>Everything as it stands, indexed by <see cref="SubstitutionPlace"/>.</summary>
    public IReadOnlyList<long> Read() => [.. Enumerable.Range(0, Places).Select(place => Volatile.Read(ref _counts[place]))];

    internal void Count(SubstitutionPlace place) => Volatile.Write(ref _counts[(int)place], _counts[(int)place] + 1);
}

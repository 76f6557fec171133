namespace Parallax.Fuzz.Engine;

/// <summary>One reader, inputs that are right, and what must hold whatever it is given.</summary>
/// <remarks>Thread safety: none; a target may keep its reader between inputs as long as one input leaves nothing for the next.</remarks>
internal sealed record FuzzTarget
{
    /// <summary>What the command line, the folder of its corpus and the folder of its finds call it.</summary>
    public required string Name { get; init; }

    /// <summary>Inputs that are right, which are changed.</summary>
    public required IReadOnlyList<byte[]> Seeds { get; init; }

    /// <summary>Reads an input and throws when something does not hold. What it came to goes into the outcome: an input that came to
    /// something new is kept and changed further.</summary>
    public required Action<byte[], Outcome> Run { get; init; }

    /// <summary>Words of the format, which are put in here and there.</summary>
    public IReadOnlyList<string> Words { get; init; } = [];

    /// <summary>Puts right what would otherwise end every reading at once: checksums.</summary>
    public Func<byte[], byte[]> Repair { get; init; } = octets => octets;

    /// <summary>Longest input made, in bytes.</summary>
    public int MaxInputBytes { get; init; } = 16 << 10;

    /// <summary>What an input may allocate beside <see cref="MaxAllocatedPerOctet"/>, in bytes.</summary>
    public long MaxAllocated { get; init; } = 64 << 20;

    /// <summary>What each octet of an input may allocate, in bytes.</summary>
    public long MaxAllocatedPerOctet { get; init; } = 8 << 10;

    /// <summary>Processor time that an input may take.</summary>
    public TimeSpan MaxTime { get; init; } = TimeSpan.FromSeconds(2);
}

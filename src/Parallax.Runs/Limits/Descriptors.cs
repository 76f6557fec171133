using System.Globalization;
using System.Text;

namespace Parallax.Runs.Limits;

/// <summary>The descriptors of this process: how many it may have, and how many it has. The runtime has raised the soft limit to the hard
/// one before any of our code runs.</summary>
/// <remarks>Thread safety: any thread.</remarks>
public static class Descriptors
{
    // Where the system has no such bound, or does not tell: as many as nobody needs.
    private const int Many = 1 << 24;

    // Measured: with fewer than 90 the runtime fails at assemblies, threads and memory it wants to open, and says it lacks memory or files.
    private const int MinLimit = 128;

    private const string LimitLine = "Max open files";

    /// <summary>How many may be open.</summary>
    public static int Limit => OperatingSystem.IsLinux() ? LimitIn(ReadLimits().Split('\n')) : Many;

    /// <summary>How many are open.</summary>
    public static int Open => OperatingSystem.IsLinux() ? Directory.GetFileSystemEntries("/proc/self/fd").Length : 0;

    /// <summary>Says why a process that may open so many files cannot run; null when it can.</summary>
    public static string? ProblemWith(int limit) => limit >= MinLimit ? null
        : $"the process may open {limit} files, and needs {MinLimit} at least; raise the limit (ulimit -n, LimitNOFILE=)";

    // One page, as the kernel gives it. It is read before anything else: a stream and its reader cost a start five milliseconds.
    private static string ReadLimits()
    {
        using var handle = File.OpenHandle("/proc/self/limits");
        Span<byte> octets = stackalloc byte[4096];
        return Encoding.ASCII.GetString(octets[..RandomAccess.Read(handle, octets, fileOffset: 0)]);
    }

    /// <summary>The soft limit in the lines of such a file.</summary>
    internal static int LimitIn(IEnumerable<string> lines)
    {
        var line = lines.FirstOrDefault(line => line.StartsWith(LimitLine, StringComparison.Ordinal), LimitLine);
        var values = line[LimitLine.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return values.Length > 0 && int.TryParse(values[0], NumberStyles.None, CultureInfo.InvariantCulture, out var limit)
            ? Math.Min(limit, Many)
            : Many;
    }
}

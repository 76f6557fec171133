using System.Globalization;
using Parallax.Traffic.Queues;

namespace Parallax.Recording.Entries;

/// <summary>Why a recorded shadow has no whole response: numbers in files, and their names.</summary>
/// <remarks>From 1 on the reasons for which a target fails, from 100 on those for which a request is dropped, at the end what only a
/// recording knows. Numbers are never used for anything else. Thread safety: immutable.</remarks>
public static class ShadowFailures
{
    /// <summary>The answer was too long to be kept as a whole; its beginning is there.</summary>
    public const byte Cut = 254;

    /// <summary>It answered, but the memory for answers was used up.</summary>
    public const byte NotKept = 255;

    private const int FirstDrop = 100;
    private const string Unnamed = "reason-";

    private static readonly string[] OfTargets =
    [
        "none", "refused", "unreachable", "connect-timeout", "tls-failed", "reset", "closed-early", "response-timeout",
        "malformed-answer", "exhausted", "other",
    ];

    private static readonly string[] Names = [.. Enumerable.Range(0, byte.MaxValue + 1).Select(Name)];

    /// <summary>The number for a request that was dropped.</summary>
    public static byte Of(DropReason reason) => (byte)(FirstDrop + (int)reason);

    /// <summary>The name: lower case, words joined by hyphens; it never changes.</summary>
    public static string NameOf(byte failure) => Names[failure];

    /// <summary>The number that has a name.</summary>
    /// <returns>False when there is no such name.</returns>
    public static bool TryFind(string name, out byte failure)
    {
        var at = Array.IndexOf(Names, name);
        failure = (byte)Math.Max(0, at);
        return at >= 0;
    }

    private static string Name(int failure) => failure switch
    {
        Cut => "answer-cut",
        NotKept => "answer-not-kept",
        _ when failure < OfTargets.Length => OfTargets[failure],
        > FirstDrop when failure < FirstDrop + DropReasons.Count => DropReasons.NameOf((DropReason)(failure - FirstDrop)),
        _ => Unnamed + failure.ToString(CultureInfo.InvariantCulture),
    };
}

using System.Buffers;

namespace Parallax.Traffic.Redaction;

/// <summary>Finds JSON in what servers and protocols put around it.</summary>
/// <remarks>Thread safety: pure functions.</remarks>
internal static class JsonEnvelope
{
    /// <summary>Parts the texts of a sequence (RFC 7464).</summary>
    public const byte RecordSeparator = 0x1E;

    private const int LongestName = 64;

    private static readonly SearchValues<byte> NoNames = SearchValues.Create(" \t\r\n<>\"'={}:;"u8);

    // So that no other site can read the answer as a script.
    private static readonly byte[][] Guards =
    [
        ")]}',"u8.ToArray(), ")]}'"u8.ToArray(), "while(1);"u8.ToArray(), "for(;;);"u8.ToArray(), "{}&&"u8.ToArray(),
        "throw 1;"u8.ToArray(),
    ];

    /// <summary>Finds the JSON in a text.</summary>
    /// <param name="text">Without blanks before it: a guarded or padded text, a line of an event stream, a packet of socket.io.</param>
    /// <param name="inner">Where the JSON is.</param>
    /// <returns>False when there is none, or nothing around it.</returns>
    public static bool TryOpen(ReadOnlySpan<byte> text, out Range inner)
    {
        var start = LengthOfGuard(text);
        var end = text.Length;
        if (start == 0 && LengthOfCall(text) is > 0 and var call)
        {
            start = call;
            end = text.LastIndexOf((byte)')');
        }

        inner = start..Math.Max(start, end);
        return start > 0 && text[inner].TrimStart(" \t\r\n"u8) is [(byte)'{' or (byte)'[', ..];
    }

    private static int LengthOfGuard(ReadOnlySpan<byte> text)
    {
        foreach (var guard in Guards)
        {
            if (text.StartsWith(guard))
            {
                return guard.Length;
            }
        }

        var digits = text.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        if (digits > 0)
        {
            return text[digits] == (byte)':' ? digits + 1 + LengthOfDigits(text[(digits + 1)..]) : digits;
        }

        // A field of an event stream.
        return text.StartsWith("data:"u8) ? "data:".Length + LengthOfDigits(text["data:".Length..]) : 0;
    }

    private static int LengthOfDigits(ReadOnlySpan<byte> text)
    {
        var blanks = text.Length - text.TrimStart((byte)' ').Length;
        return blanks + Math.Max(0, text[blanks..].IndexOfAnyExceptInRange((byte)'0', (byte)'9'));
    }

    /// <summary>callback({…});</summary>
    private static int LengthOfCall(ReadOnlySpan<byte> text)
    {
        var open = text[..Math.Min(text.Length, LongestName)].IndexOf((byte)'(');
        return open > 0 && !text[..open].ContainsAny(NoNames) && text.Contains((byte)')') ? open + 1 : 0;
    }
}

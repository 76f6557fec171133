namespace Parallax.Wire.Http1;

/// <summary>What octets look like the beginning of.</summary>
public enum MessageLook : byte
{
    /// <summary>Neither a request nor a response.</summary>
    Neither,

    /// <summary>Too few octets to tell.</summary>
    Undecided,

    /// <summary>A whole request line.</summary>
    Request,

    /// <summary>The version and status code of a response.</summary>
    Response,
}

/// <summary>Tells from a few octets whether a message begins there: which end is the client, and where a reader may start again.</summary>
/// <remarks>Thread safety: pure functions.</remarks>
public static class MessageStart
{
    /// <summary>The shortest head of a status line that is one: <c>HTTP/1.1 200</c>.</summary>
    private const int StatusLength = 12;

    private const int ShortestMethod = 3;

    /// <summary>Judges the beginning of <paramref name="octets"/>, empty lines before it left out.</summary>
    public static MessageLook Looks(ReadOnlySpan<byte> octets)
    {
        var start = octets[StartLine.SkipEmptyLines(octets, loosely: true, out _)..];
        if (start.IsEmpty)
        {
            return MessageLook.Undecided;
        }

        var response = LooksLikeResponse(start);
        return response == MessageLook.Neither ? LooksLikeRequest(start) : response;
    }

    /// <summary>True when a message may begin at <paramref name="octets"/>, be they ever so few: a method in capitals, a target that begins
    /// like one; or "HTTP/".</summary>
    public static bool MayBe(ReadOnlySpan<byte> octets, MessageKind kind)
    {
        if (kind == MessageKind.Response)
        {
            return HttpVersion.BeginsLike(octets, loosely: true);
        }

        return octets.ContainsAnyExceptInRange((byte)'A', (byte)'Z') ? HasMethodAndTarget(octets, mayBeCut: true) : !octets.IsEmpty;
    }

    /// <summary>True when a reader that lost its place may take <paramref name="octets"/> for the beginning of a message.</summary>
    /// <remarks>More is asked for than of a reader that knows its place: a method in capitals, a target that begins like one. The line
    /// need not be whole.</remarks>
    internal static bool IsLikely(ReadOnlySpan<byte> octets, MessageKind kind)
    {
        var start = octets[StartLine.SkipEmptyLines(octets, loosely: true, out _)..];
        return kind == MessageKind.Request
            ? HasMethodAndTarget(start, mayBeCut: false) && !IsInsideMethod(start) && LooksLikeRequest(start) != MessageLook.Neither
            : LooksLikeResponse(start) == MessageLook.Response;
    }

    private static MessageLook LooksLikeResponse(ReadOnlySpan<byte> octets)
    {
        if (!HttpVersion.BeginsLike(octets, loosely: true))
        {
            return MessageLook.Neither;
        }

        if (octets.Length < StatusLength)
        {
            return octets.Contains(HttpOctets.LineFeed) ? MessageLook.Neither : MessageLook.Undecided;
        }

        return HttpVersion.Read(octets[..8], loosely: true, out _) == Http1Error.None
            && HttpOctets.IsWhitespace(octets[8])
            && !octets[9..StatusLength].ContainsAnyExceptInRange((byte)'0', (byte)'9')
            ? MessageLook.Response
            : MessageLook.Neither;
    }

    private static MessageLook LooksLikeRequest(ReadOnlySpan<byte> octets)
    {
        var status = RequestLine.TryReadMethod(octets, loosely: true, out var methodLength, out _);
        if (status != HeadStatus.Complete)
        {
            return status == HeadStatus.NeedMore ? MessageLook.Undecided : MessageLook.Neither;
        }

        var lineEnd = octets.IndexOf(HttpOctets.LineFeed);
        if (lineEnd < 0)
        {
            return octets[methodLength..].TrimEnd(HttpOctets.CarriageReturn).ContainsAny(HttpOctets.Controls)
                ? MessageLook.Neither
                : MessageLook.Undecided;
        }

        LineEnd.TakeOff(octets[..lineEnd], loosely: true, out var line);
        var version = line.LastIndexOfAny(HttpOctets.Space, HttpOctets.Tab) + 1;
        return version > methodLength + 1
            && HttpVersion.Read(line[version..], loosely: true, out _) == Http1Error.None
            ? MessageLook.Request
            : MessageLook.Neither;
    }

    /// <summary>True when <paramref name="octets"/> begin with the rest of a method whose first letters were lost, such as <c>OST</c>: for
    /// a reader that lost its place no beginning.</summary>
    public static bool IsInsideMethod(ReadOnlySpan<byte> octets)
    {
        var length = octets.IndexOf(HttpOctets.Space);
        return length > 0 && Methods.IsEndOfOne(octets[..length]);
    }

    private static bool HasMethodAndTarget(ReadOnlySpan<byte> octets, bool mayBeCut)
    {
        var methodLength = octets.IndexOfAnyExceptInRange((byte)'A', (byte)'Z');
        if (methodLength < ShortestMethod || octets[methodLength] != HttpOctets.Space)
        {
            return false;
        }

        var target = octets[(methodLength + 1)..];
        return target.IsEmpty
            ? mayBeCut
            : target[0] is (byte)'/' or (byte)'*' || target.StartsWith("http"u8) || octets.StartsWith("CONNECT "u8);
    }
}

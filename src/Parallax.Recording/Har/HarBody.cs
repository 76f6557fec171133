using System.Text;
using System.Text.Json;

namespace Parallax.Recording.Har;

/// <summary>The body of a message in a HAR file.</summary>
/// <param name="Octets">Without chunk framing; empty when there is none, or it is missing.</param>
/// <param name="IsMissing">True when there was one, and neither the file nor what it names holds it.</param>
/// <param name="IsCoded">True when its content coding is still on it.</param>
/// <remarks>
/// <para>Programs keep a body as text, in base64, as the fields of a form or in another file. Of text nothing says how it was
/// written, so of all ways the one is taken that gives the recorded length.</para>
/// <para>Thread safety: an immutable value.</para>
/// </remarks>
internal readonly record struct HarBody(byte[] Octets, bool IsMissing = false, bool IsCoded = false)
{
    // Programs that cut long bodies keep at least so much of them.
    private const int LeastCutBytes = 32 << 10;

    private static HarBody Missing => new([], IsMissing: true);

    /// <summary>The body of a request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="fields">Its fields.</param>
    /// <param name="files">What the file may name.</param>
    public static HarBody OfRequest(JsonElement request, HarFields fields, HarFiles files)
    {
        if (!HarJson.TryGet(request, "postData", JsonValueKind.Object, out var post) || IsEmpty(post))
        {
            // HTTP Toolkit keeps here what is not text.
            HarJson.TryGet(request, "_content", JsonValueKind.Object, out post);
        }

        var type = fields["content-type"] is { Length: > 0 } sent ? sent : HarJson.Text(post, "mimeType");
        var body = Read(post, fields, type, files, fields.ContentLength);
        body = body with { IsCoded = body.IsCoded || (IsSaidToBeCoded(fields) && body.Octets.Length == fields.ContentLength) };
        return body.Octets.Length == 0 && !body.IsMissing && WasThere(request, fields, type) ? Missing : body;
    }

    /// <summary>The body of a response. One that is not in the file is not missed here: many files hold none.</summary>
    /// <param name="response">The response.</param>
    /// <param name="fields">Its fields.</param>
    /// <param name="files">What the file may name.</param>
    public static HarBody OfResponse(JsonElement response, HarFields fields, HarFiles files)
    {
        HarJson.TryGet(response, "content", JsonValueKind.Object, out var content);
        var size = HarJson.Number(content, "size", -1);
        var body = Read(content, fields, fields["content-type"], files, size > 0 ? size : fields.ContentLength);
        return body.IsMissing ? body : body with { IsMissing = body.Octets.Length == 0 && (size > 0 || fields.ContentLength > 0) };
    }

    /// <summary>The body in a file of our own: a text is the octets, and what is missing shows in the flags.</summary>
    public static HarBody OfOurs(JsonElement message, string name, string encodingName)
    {
        if (!HarJson.TryGet(message, name, JsonValueKind.Object, out var content)
            || !HarJson.TryGet(content, "text", JsonValueKind.String, out var text))
        {
            return new([]);
        }

        var isBase64 = HarJson.Text(content, encodingName) == "base64";
        var octets = isBase64 && text.TryGetBytesFromBase64(out var decoded) ? decoded : Encoding.UTF8.GetBytes(text.GetString()!);
        return new(octets, IsCoded: HarJson.TryGet(content, "_isCoded", JsonValueKind.True, out _));
    }

    private static bool IsEmpty(JsonElement post) =>
        !HasText(post, out _) && HarJson.Text(post, "_file").Length == 0 && !HarJson.Members(post, "params").Any();

    // Not by its value, which may hold half a character.
    private static bool HasText(JsonElement content, out JsonElement text) =>
        HarJson.TryGet(content, "text", JsonValueKind.String, out text) && text.GetRawText().Length > "\"\"".Length;

    private static bool IsSaidToBeCoded(HarFields fields) =>
        fields["content-encoding"] is { Length: > 0 } coding && !coding.Equals("identity", StringComparison.OrdinalIgnoreCase);

    private static HarBody Read(JsonElement content, HarFields fields, string type, HarFiles files, long length)
    {
        var isSaidToBeCoded = IsSaidToBeCoded(fields);
        if (HarJson.Text(content, "_file") is { Length: > 0 } name)
        {
            return files.Read(name) is { } octets ? Whole(octets, isSaidToBeCoded) : Missing;
        }

        if (HasText(content, out var text))
        {
            var isBase64 = HarJson.Text(content, "encoding") == "base64";
            return isBase64 && text.TryGetBytesFromBase64(out var decoded)
                ? Whole(decoded, isSaidToBeCoded)
                : OfText(text, type, isSaidToBeCoded, length);
        }

        if (HarJson.TryGet(content, "params", JsonValueKind.Array, out var parameters) && parameters.GetArrayLength() > 0)
        {
            var bodies = HarForms.Bodies(parameters, type, out var isPartial).ToList();
            bodies = bodies.Count > 0 ? bodies : [.. HarForms.Bodies(parameters, HarJson.Text(content, "mimeType"), out isPartial)];
            var body = bodies.Find(each => each.Length == length) ?? bodies.FirstOrDefault();
            return body is null || (isPartial && body.Length != length) ? Missing : new(body);
        }

        return new([]);
    }

    private static HarBody Whole(byte[] octets, bool isSaidToBeCoded) =>
        new(octets, IsCoded: isSaidToBeCoded && LooksCoded(octets));

    private static HarBody OfText(JsonElement json, string type, bool isSaidToBeCoded, long length)
    {
        if (TryText(json) is not { } text)
        {
            return HarJson.EscapedOctets(json) is { } octets ? Whole(octets, isSaidToBeCoded) : Missing;
        }

        var ways = HarText.WaysOf(text, type).ToList();
        var fits = ways.Find(way => way.Length == length);
        if (fits is not null)
        {
            return new(fits, IsCoded: isSaidToBeCoded && LooksCoded(fits));
        }

        // Text that was no text lost octets when it was made text; text that is long and shorter than it was has been cut.
        var isGarbled = text.Contains(char.ConvertFromUtf32(Rune.ReplacementChar.Value), StringComparison.Ordinal);
        var isCut = !isSaidToBeCoded && ways[0].Length >= LeastCutBytes && ways[0].Length < length;
        return (isGarbled && length > 0) || isCut ? Missing : new(ways[0]);
    }

    private static string? TryText(JsonElement text)
    {
        try
        {
            return text.GetString();
        }
        catch (InvalidOperationException)
        {
            // It holds half a character.
            return null;
        }
    }

    // gzip, zlib and zstd show in their first octets.
    private static bool LooksCoded(ReadOnlySpan<byte> octets) =>
        octets is [0x1F, 0x8B, ..] or [0x28, 0xB5, 0x2F, 0xFD, ..]
        || (octets.Length > 2 && (octets[0] & 0x0F) == 8 && octets[0] >> 4 <= 7 && ((octets[0] << 8) | octets[1]) % 31 == 0);

    // Whether a request had a body though the file holds none.
    private static bool WasThere(JsonElement request, HarFields fields, string type)
    {
        if (fields.ContentLength >= 0)
        {
            return fields.ContentLength > 0;
        }

        // Without a length, as in HTTP/2 or where a browser kept it to itself, a content type tells of a body, unless the file says
        // that it is empty. Chromium's size is that of the text it kept.
        var size = HarJson.Number(request, "bodySize", -1);
        var isSaidToBeEmpty = size == 0 && HarJson.TryGet(request, "postData", JsonValueKind.Object, out _);
        var mayHaveOne = HarJson.Text(request, "method").ToUpperInvariant() is not ("GET" or "HEAD" or "OPTIONS" or "TRACE" or "CONNECT");
        var isTyped = fields.Has("content-type") && HarJson.Text(request, "method").ToUpperInvariant() is ("POST" or "PUT" or "PATCH");
        return (fields.Has("transfer-encoding") && size != 0)
            || (mayHaveOne && (size > 0 || HarForms.Is(type, "multipart/form-data") || (isTyped && !isSaidToBeEmpty)));
    }
}

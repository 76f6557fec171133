using System.Text;
using System.Text.Json;

namespace Parallax.Traffic.Recording;

/// <summary>Writes a form again from <c>postData.params</c>: HAR keeps either them or the text.</summary>
/// <remarks>Thread safety: pure functions.</remarks>
internal static class HarForms
{
    // What a browser leaves as it is in a form, and what RFC 3986 does.
    private const string FormSafe = "*-._";
    private const string UrlSafe = "-._~";

    /// <summary>The ways in which the form may have been written, the likeliest first; the recorded length tells which.</summary>
    /// <param name="parameters">The array.</param>
    /// <param name="contentType">As recorded; the boundary is taken from it.</param>
    /// <param name="isPartial">True when a file of the form is not in the HAR file.</param>
    public static IEnumerable<byte[]> Bodies(JsonElement parameters, string contentType, out bool isPartial)
    {
        var fields = parameters.EnumerateArray().Select(Field.Of).ToList();
        isPartial = fields.Exists(field => field.IsFile && field.Value.Length == 0);
        if (Is(contentType, "multipart/form-data"))
        {
            return BoundaryIn(contentType) is { } boundary ? [Multipart(fields, boundary)] : [];
        }

        if (Is(contentType, "text/plain"))
        {
            return [Encoding.UTF8.GetBytes(string.Concat(fields.Select(field => $"{field.Name}={field.Text}\r\n")))];
        }

        return contentType.Length == 0 || Is(contentType, "application/x-www-form-urlencoded")
            ?
            [
                Pairs(fields, text => Encode(text, FormSafe, "+")), Pairs(fields, text => Encode(text, UrlSafe, "%20")),
                Pairs(fields, HarUrl.Encode), // As they were, when the program did not decode them.
            ]
            : [];
    }

    /// <summary>True when a content type is of that kind, whatever its parameters are.</summary>
    public static bool Is(string contentType, string kind) =>
        contentType.AsSpan().TrimStart().StartsWith(kind, StringComparison.OrdinalIgnoreCase);

    /// <summary>A query made of name and value pairs; empty when there are none.</summary>
    public static string Query(IEnumerable<JsonElement> pairs) =>
        string.Join('&', pairs.Select(Field.Of).Where(field => field.Name.Length + field.Text.Length > 0)
            .Select(field => $"{EncodeOnce(field.Name)}={EncodeOnce(field.Text)}"));

    /// <summary>The boundary of a multipart type; null when it names none.</summary>
    public static string? BoundaryIn(string contentType) => ParameterIn(contentType, "boundary");

    /// <summary>A parameter of a content type; null when it has none of that name.</summary>
    public static string? ParameterIn(string contentType, string name)
    {
        foreach (var parameter in contentType.Split(';').Skip(1))
        {
            var equals = parameter.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0 && parameter.AsSpan(0, equals).Trim().Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return parameter[(equals + 1)..].Trim().Trim('"') is { Length: > 0 } value ? value : null;
            }
        }

        return null;
    }

    private static byte[] Pairs(List<Field> fields, Func<string, string> encode) =>
        Encoding.ASCII.GetBytes(string.Join('&', fields.Select(field => $"{encode(field.Name)}={encode(field.Text)}")));

    private static byte[] Multipart(List<Field> fields, string boundary)
    {
        var body = new MemoryStream();
        void Write(string text) => body.Write(Encoding.UTF8.GetBytes(text));
        foreach (var field in fields)
        {
            Write($"--{boundary}\r\nContent-Disposition: form-data; name=\"{Quoted(field.Name)}\"");
            Write(field.FileName is { } file ? $"; filename=\"{Quoted(file)}\"" : "");
            Write(field.ContentType.Length > 0 ? $"\r\nContent-Type: {field.ContentType}\r\n\r\n" : "\r\n\r\n");
            body.Write(field.Value);
            Write("\r\n");
        }

        Write($"--{boundary}--\r\n");
        return body.ToArray();
    }

    // As browsers do: HTML, "multipart/form-data encoding algorithm".
    private static string Quoted(string text) => text.Replace("\"", "%22", StringComparison.Ordinal)
        .Replace("\r", "%0D", StringComparison.Ordinal).Replace("\n", "%0A", StringComparison.Ordinal);

    private static string EncodeOnce(string text) => IsEncoded(text) ? HarUrl.Encode(text) : Encode(text, UrlSafe + "!$'()*,/:;?@", "%20");

    private static bool IsEncoded(string text)
    {
        for (var at = text.IndexOf('%', StringComparison.Ordinal); at >= 0; at = text.IndexOf('%', at + 1))
        {
            if (at + 2 < text.Length && char.IsAsciiHexDigit(text[at + 1]) && char.IsAsciiHexDigit(text[at + 2]))
            {
                return true;
            }
        }

        return false;
    }

    private static string Encode(string text, string safe, string space)
    {
        var encoded = new StringBuilder(text.Length + 16);
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.IsAscii && (char.IsAsciiLetterOrDigit((char)rune.Value) || safe.Contains((char)rune.Value)))
            {
                encoded.Append((char)rune.Value);
            }
            else if (rune.Value == ' ')
            {
                encoded.Append(space);
            }
            else
            {
                HarUrl.AppendEncoded(encoded, rune);
            }
        }

        return encoded.ToString();
    }

    private readonly record struct Field(string Name, string Text, byte[] Value, string? FileName, string ContentType)
    {
        /// <summary>A browser sends an input without a file as one with an empty name.</summary>
        public bool IsFile => FileName is { Length: > 0 };

        public static Field Of(JsonElement parameter)
        {
            var value = HarJson.Text(parameter, "value");
            var isBase64 = HarJson.Text(parameter, "encoding") == "base64";
            var octets = isBase64 && HarJson.TryGet(parameter, "value", JsonValueKind.String, out var coded)
                && coded.TryGetBytesFromBase64(out var decoded) ? decoded : Encoding.UTF8.GetBytes(value);
            var file = HarJson.TryGet(parameter, "fileName", JsonValueKind.String, out var name) ? name.GetString() : null;
            return new(HarJson.Text(parameter, "name"), value, octets, file, OneLine(HarJson.Text(parameter, "contentType")));
        }

        private static string OneLine(string text) => text.AsSpan().ContainsAny('\r', '\n') ? "" : text;
    }
}

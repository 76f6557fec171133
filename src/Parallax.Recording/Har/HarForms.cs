using System.Text;
using System.Text.Json;

namespace Parallax.Recording.Har;

/// <summary>Writes a form again from <c>postData.params</c>: HAR keeps either them or the text.</summary>
/// <remarks>Thread safety: pure functions.</remarks>
internal static class HarForms
{
    /// <summary>What separates the parts where the file names no boundary.</summary>
    public const string MadeBoundary = "parallax-form-boundary-4f1c7a9e2b6d";

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
            return [Multipart(fields, BoundaryIn(contentType) ?? MadeBoundary)];
        }

        if (Is(contentType, "text/plain"))
        {
            return [Encoding.UTF8.GetBytes(string.Concat(fields.Select(field => $"{field.Name}={field.Text}\r\n")))];
        }

        if (contentType.Length > 0 && !Is(contentType, "application/x-www-form-urlencoded"))
        {
            return [];
        }

        // Not every program decodes them.
        byte[][] encoded = [Pairs(fields, text => Encode(text, FormSafe, "+")), Pairs(fields, text => Encode(text, UrlSafe, "%20"))];
        var asWritten = Pairs(fields, HarUrl.Encode);
        return fields.Exists(field => IsEncoded(field.Name) || IsEncoded(field.Text)) ? [asWritten, .. encoded] : [.. encoded, asWritten];
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

    // True when every % is followed by two digits, and there is one.
    private static bool IsEncoded(string text)
    {
        var (found, whole) = (false, true);
        for (var at = text.IndexOf('%', StringComparison.Ordinal); at >= 0; at = text.IndexOf('%', at + 1))
        {
            found = true;
            whole &= at + 2 < text.Length && char.IsAsciiHexDigit(text[at + 1]) && char.IsAsciiHexDigit(text[at + 2]);
        }

        return found && whole && !text.Contains(' ', StringComparison.Ordinal);
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
            var file = HarJson.TryGet(parameter, "fileName", JsonValueKind.String, out var name) ? name.GetString() : null;
            var coded = HarJson.Text(parameter, "encoding") == "base64" ? value
                : file is not null && value.StartsWith("data:", StringComparison.Ordinal) ? AfterBase64(value)
                : null;
            var octets = coded is not null && TryBase64(coded) is { } decoded ? decoded : Encoding.UTF8.GetBytes(value);
            return new(HarJson.Text(parameter, "name"), value, octets, file, OneLine(HarJson.Text(parameter, "contentType")));
        }

        // k6 and others write files as data: URLs.
        private static string? AfterBase64(string url) =>
            url.IndexOf(";base64,", StringComparison.Ordinal) is >= 0 and var at ? url[(at + ";base64,".Length)..] : null;

        private static byte[]? TryBase64(string text)
        {
            var octets = new byte[text.Length];
            return Convert.TryFromBase64String(text, octets, out var length) ? octets[..length] : null;
        }

        private static string OneLine(string text) => text.AsSpan().ContainsAny('\r', '\n') ? "" : text;
    }
}

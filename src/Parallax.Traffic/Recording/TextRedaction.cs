using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Parallax.Traffic.Recording;

/// <summary>Copies texts of the kinds that HTTP carries and replaces the secrets in them.</summary>
/// <remarks>Each method returns true when something was replaced. Thread safety: none.</remarks>
internal sealed class TextRedaction(SecretMarks marks)
{
    private static readonly JsonReaderOptions Json = new()
    {
        AllowMultipleValues = true,
        AllowTrailingCommas = true,
        CommentHandling = JsonCommentHandling.Skip,
        MaxDepth = 512,
    };

    // A value within a value, and so on.
    private const int DeepestNesting = 8;

    private byte[] _scratch = new byte[1024];
    private int _depth;

    /// <summary>Any text: what has the shape of a secret.</summary>
    public bool Text(ReadOnlySpan<byte> text, ArrayBufferWriter<byte> to, bool inUrl = false)
    {
        var copied = 0;
        var isAnywhere = SecretShapes.MayBeAnywhere(text);
        while (SecretShapes.TryFind(text, isAnywhere, copied, out var place, out var kind))
        {
            to.Write(text[copied..place.Start]);
            marks.Append(to, kind, place.Of(text), inUrl);
            copied = place.End;
        }

        to.Write(text[copied..]);
        return copied > 0;
    }

    /// <summary>A URL or request target: user, path with parameters, query and fragment.</summary>
    public bool Url(ReadOnlySpan<byte> url, ArrayBufferWriter<byte> to)
    {
        var end = url.IndexOfAny((byte)'?', (byte)'#');
        var isChanged = Path(end < 0 ? url : url[..end], to);
        if (end >= 0)
        {
            to.Write(url.Slice(end, 1));
            isChanged |= Pairs(url[(end + 1)..], "&;?#"u8, to);
        }

        return isChanged;
    }

    /// <summary>Pairs joined by <c>&amp;</c>.</summary>
    public bool Form(ReadOnlySpan<byte> form, ArrayBufferWriter<byte> to) => Pairs(form, "&"u8, to);

    private bool Pairs(ReadOnlySpan<byte> pairs, ReadOnlySpan<byte> joints, ArrayBufferWriter<byte> to)
    {
        var isChanged = false;
        while (true)
        {
            var end = pairs.IndexOfAny(joints);
            isChanged |= Pair(end < 0 ? pairs : pairs[..end], to);
            if (end < 0)
            {
                return isChanged;
            }

            to.Write(pairs.Slice(end, 1));
            pairs = pairs[(end + 1)..];
        }
    }

    private bool Path(ReadOnlySpan<byte> path, ArrayBufferWriter<byte> to)
    {
        var isChanged = false;
        var scheme = path.IndexOf("://"u8);
        if (scheme >= 0)
        {
            var host = path[(scheme + 3)..];
            var slash = host.IndexOf((byte)'/');
            var user = (slash < 0 ? host : host[..slash]).LastIndexOf((byte)'@');
            if (user >= 0)
            {
                to.Write(path[..(scheme + 3)]);
                isChanged = Whole(host[..user], to, "user"u8, inUrl: true);
                path = host[user..];
            }
        }

        if (!path.ContainsAny((byte)'%', (byte)';'))
        {
            return Text(path, to, inUrl: true) || isChanged;
        }

        while (true)
        {
            var end = path.IndexOfAny((byte)'/', (byte)';');
            isChanged |= Pair(end < 0 ? path : path[..end], to);
            if (end < 0)
            {
                return isChanged;
            }

            to.Write(path.Slice(end, 1));
            path = path[(end + 1)..];
        }
    }

    /// <summary>JSON texts.</summary>
    /// <exception cref="JsonException">They are not JSON; what was written is to be ignored then.</exception>
    /// <exception cref="InvalidOperationException">A string holds half a character; the same.</exception>
    public bool JsonText(ReadOnlySpan<byte> json, ArrayBufferWriter<byte> to)
    {
        var reader = new Utf8JsonReader(json, Json);
        var copied = 0;
        var secretDepth = -1;
        var isSecret = false;
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject or JsonTokenType.StartArray when isSecret && secretDepth < 0:
                    secretDepth = reader.CurrentDepth;
                    break;
                case JsonTokenType.EndObject or JsonTokenType.EndArray when reader.CurrentDepth == secretDepth:
                    secretDepth = -1;
                    break;
                case JsonTokenType.String or JsonTokenType.Number
                    when (isSecret || secretDepth >= 0) && !SecretMarks.IsMark(reader.ValueSpan):
                    Replace(reader, json, to, "secret"u8, ref copied);
                    break;
                case JsonTokenType.String or JsonTokenType.PropertyName:
                    ScanString(ref reader, json, to, ref copied);
                    break;
                case JsonTokenType.Number when TryFindFirst(reader.ValueSpan, out var kind):
                    Replace(reader, json, to, kind, ref copied);
                    break;
            }

            isSecret = reader.TokenType == JsonTokenType.PropertyName && SecretNames.IsSecretKey(StringOf(ref reader));
        }

        to.Write(json[copied..]);
        return copied > 0;
    }

    /// <summary>Cookies of a request: the names stay.</summary>
    public bool Cookies(ReadOnlySpan<byte> cookies, ArrayBufferWriter<byte> to)
    {
        while (true)
        {
            var end = cookies.IndexOf((byte)';');
            Cookie(end < 0 ? cookies : cookies[..end], to);
            if (end < 0)
            {
                return true;
            }

            to.Write(";"u8);
            cookies = cookies[(end + 1)..];
        }
    }

    /// <summary>A cookie of a response: name and attributes stay.</summary>
    public bool SetCookie(ReadOnlySpan<byte> cookie, ArrayBufferWriter<byte> to)
    {
        var end = cookie.IndexOf((byte)';');
        Cookie(end < 0 ? cookie : cookie[..end], to);
        to.Write(end < 0 ? default : cookie[end..]);
        return true;
    }

    /// <summary>Credentials behind the name of their scheme, which stays.</summary>
    public bool Credentials(ReadOnlySpan<byte> value, ArrayBufferWriter<byte> to)
    {
        var space = value.IndexOf((byte)' ');
        to.Write(value[..(space + 1)]);
        return Whole(value[(space + 1)..], to, "authorization"u8);
    }

    /// <summary>All of it, whatever it is; nothing stays nothing, and a mark stays the mark it is.</summary>
    public bool Whole(ReadOnlySpan<byte> value, ArrayBufferWriter<byte> to, ReadOnlySpan<byte> kind, bool inUrl = false)
    {
        if (value.IsEmpty || SecretMarks.IsMark(value) || (inUrl && value.StartsWith("%E2%9F%A6"u8)))
        {
            to.Write(value);
            return false;
        }

        marks.Append(to, kind, value, inUrl);
        return true;
    }

    private void Cookie(ReadOnlySpan<byte> pair, ArrayBufferWriter<byte> to)
    {
        var equals = pair.IndexOf((byte)'=');
        to.Write(pair[..(equals + 1)]);
        Whole(pair[(equals + 1)..], to, "cookie"u8);
    }

    private bool Pair(ReadOnlySpan<byte> pair, ArrayBufferWriter<byte> to)
    {
        var equals = pair.IndexOf((byte)'=');
        var value = pair[(equals + 1)..];
        to.Write(pair[..(equals + 1)]);
        if (equals > 0 && SecretNames.IsSecretKey(Unescaped(pair[..equals])))
        {
            return Whole(value, to, "secret"u8, inUrl: true);
        }

        // The shape shows only in what the value stands for.
        if (value.ContainsAny((byte)'%', (byte)'+') && TryFindFirst(Unescaped(value), out var kind))
        {
            return Whole(value, to, kind, inUrl: true);
        }

        return IsNested(Unescaped(value)) ? Whole(value, to, "secret"u8, inUrl: true) : Text(value, to, inUrl: true);
    }

    /// <summary>True when a value holds pairs or JSON with a secret in it: the address to go to after a login, or a document.</summary>
    private bool IsNested(ReadOnlySpan<byte> value)
    {
        var isJson = IsLikeJson(value);
        if (_depth == DeepestNesting || !(isJson || value.Contains((byte)'=')) || SecretMarks.IsMark(value))
        {
            return false;
        }

        _depth++;
        try
        {
            var own = value.ToArray();
            return isJson ? JsonText(own, new()) : Pairs(own, "&;?#"u8, new());
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            return false;
        }
        finally
        {
            _depth--;
        }
    }

    /// <summary>True when a text may be JSON by its first octet.</summary>
    public static bool IsLikeJson(ReadOnlySpan<byte> text) => text.TrimStart(" \t\r\n"u8) is [(byte)'{' or (byte)'[', ..];

    private static bool TryFindFirst(ReadOnlySpan<byte> text, out ReadOnlySpan<byte> kind) =>
        SecretShapes.TryFind(text, SecretShapes.MayBeAnywhere(text), 0, out _, out kind);

    private void ScanString(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, ArrayBufferWriter<byte> to, ref int copied)
    {
        var text = StringOf(ref reader);
        if (reader.TokenType == JsonTokenType.String && IsLikeJson(text) && IsNested(text))
        {
            Replace(reader, json, to, "secret"u8, ref copied);
            return;
        }

        // Looking for nested secrets used the scratch, too.
        text = StringOf(ref reader);
        if (!TryFindFirst(text, out var kind))
        {
            return;
        }

        if (reader.ValueIsEscaped)
        {
            Replace(reader, json, to, kind, ref copied);
            return;
        }

        var start = (int)reader.TokenStartIndex + 1;
        to.Write(json[copied..start]);
        Text(text, to);
        copied = start + text.Length;
    }

    /// <summary>A name or string without its escapes; valid until the next call.</summary>
    private ReadOnlySpan<byte> StringOf(ref Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped)
        {
            return reader.ValueSpan;
        }

        Grow(reader.ValueSpan.Length);
        return _scratch.AsSpan(0, reader.CopyString(_scratch));
    }

    private void Replace(
        in Utf8JsonReader reader, ReadOnlySpan<byte> json, ArrayBufferWriter<byte> to, ReadOnlySpan<byte> kind, ref int copied)
    {
        var start = (int)reader.TokenStartIndex;
        to.Write(json[copied..start]);
        to.Write("\""u8);
        Whole(reader.ValueSpan, to, kind);
        to.Write("\""u8);
        var quotes = reader.TokenType == JsonTokenType.Number ? 0 : 2;
        copied = start + reader.ValueSpan.Length + quotes;
    }

    /// <summary>A key or value of a form without its escapes; valid until the next call.</summary>
    private ReadOnlySpan<byte> Unescaped(ReadOnlySpan<byte> text)
    {
        if (!text.ContainsAny((byte)'%', (byte)'+'))
        {
            return text;
        }

        Grow(text.Length);
        var length = 0;
        for (var at = 0; at < text.Length; at++)
        {
            var isEscape = text[at] == (byte)'%' && at + 2 < text.Length
                && char.IsAsciiHexDigit((char)text[at + 1]) && char.IsAsciiHexDigit((char)text[at + 2]);
            _scratch[length++] = isEscape ? Convert.FromHexString(Encoding.ASCII.GetString(text.Slice(at + 1, 2)))[0]
                : text[at] == (byte)'+' ? (byte)' '
                : text[at];
            at += isEscape ? 2 : 0;
        }

        return _scratch.AsSpan(0, length);
    }

    private void Grow(int bytes)
    {
        if (_scratch.Length < bytes)
        {
            _scratch = new byte[Math.Max(bytes, _scratch.Length * 2)];
        }
    }
}

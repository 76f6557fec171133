using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Parallax.Traffic.Contents;

/// <summary>In which octets content writes its characters.</summary>
internal enum TextEncoding : byte
{
    /// <summary>It is not text, or in an encoding without the octets of US-ASCII.</summary>
    None,

    /// <summary>One that has the octets of US-ASCII: UTF-8, ISO 8859, Windows' code pages, those of East Asia.</summary>
    Octets,

    Utf16,
    Utf16BigEndian,
    Utf32,
    Utf32BigEndian,
}

/// <summary>Finds out how the characters of content are written, by its octets more than by what it is said to be.</summary>
/// <remarks>Thread safety: pure functions.</remarks>
internal static class TextEncodings
{
    private const int Looked = 4096;
    private const int LongestCharacter = 4;

    private static readonly UTF32Encoding Utf32BigEndian = new(bigEndian: true, byteOrderMark: false);

    // Those of a text, and what parts the texts of a sequence or begins the escapes of a terminal.
    private static readonly SearchValues<byte> Controls = SearchValues.Create(
        [.. Enumerable.Range(0, 32).Append(127).Select(octet => (byte)octet).Except(new byte[] { 8, 9, 10, 11, 12, 13, 0x1B, 0x1E })]);

    private static readonly SearchValues<char> WideControls = SearchValues.Create(
        [.. Enumerable.Range(0, 32).Select(letter => (char)letter).Except("\t\n\v\f\r\u001e")]);

    /// <summary>The encoding of content.</summary>
    /// <param name="content">The content without coding.</param>
    /// <param name="charset">What it is said to be; may be empty.</param>
    public static TextEncoding Of(ReadOnlySpan<byte> content, ReadOnlySpan<byte> charset)
    {
        var byMark = content switch
        {
            [0xFF, 0xFE, 0, 0, ..] => TextEncoding.Utf32,
            [0, 0, 0xFE, 0xFF, ..] => TextEncoding.Utf32BigEndian,
            [0xFF, 0xFE, ..] => TextEncoding.Utf16,
            [0xFE, 0xFF, ..] => TextEncoding.Utf16BigEndian,
            _ => TextEncoding.None,
        };
        if (byMark == TextEncoding.None && IsForeign(charset))
        {
            return TextEncoding.None;
        }

        var wide = byMark != TextEncoding.None ? byMark : content.Contains((byte)0) ? ByZeros(content, charset) : TextEncoding.None;
        return wide != TextEncoding.None ? (IsWideText(content, wide) ? wide : TextEncoding.None)
            : IsText(content, charset) ? TextEncoding.Octets
            : TextEncoding.None;
    }

    /// <summary>The .NET encoding of one with wider characters.</summary>
    public static Encoding Wide(TextEncoding encoding) => encoding switch
    {
        TextEncoding.Utf16 => Encoding.Unicode,
        TextEncoding.Utf16BigEndian => Encoding.BigEndianUnicode,
        TextEncoding.Utf32 => Encoding.UTF32,
        _ => Utf32BigEndian,
    };

    /// <summary>Writes content with wider characters in UTF-8.</summary>
    /// <param name="encoding">Its encoding.</param>
    /// <param name="content">The content; half a character at its end is replaced.</param>
    /// <param name="to">Gains the text.</param>
    public static void ToUtf8(TextEncoding encoding, ReadOnlySpan<byte> content, ArrayBufferWriter<byte> to)
    {
        var decoder = Wide(encoding).GetDecoder();
        var encoder = Encoding.UTF8.GetEncoder();
        Span<char> letters = stackalloc char[Looked];
        for (var isDone = false; !isDone;)
        {
            decoder.Convert(content, letters, flush: true, out var used, out var written, out isDone);
            content = content[used..];
            encoder.Convert(letters[..written], to, flush: isDone, out _, out _);
        }
    }

    private static bool IsForeign(ReadOnlySpan<byte> charset) =>
        Ascii.EqualsIgnoreCase(charset, "utf-7"u8) || MediaType.StartsWith(charset, "ibm"u8) || MediaType.StartsWith(charset, "ebcdic"u8)
            || Ascii.EqualsIgnoreCase(charset, "cp037"u8) || Ascii.EqualsIgnoreCase(charset, "cp500"u8)
            || Ascii.EqualsIgnoreCase(charset, "cp1047"u8);

    // A character of US-ASCII has its zeros in front in the big-endian encodings.
    private static TextEncoding ByZeros(ReadOnlySpan<byte> content, ReadOnlySpan<byte> charset)
    {
        Span<int> zeros = stackalloc int[4];
        var looked = Math.Min(Looked, content.Length) & ~3;
        for (var at = 0; at < looked; at++)
        {
            zeros[at & 3] += content[at] == 0 ? 1 : 0;
        }

        var isDeclared = MediaType.StartsWith(charset, "utf-16"u8) || MediaType.StartsWith(charset, "utf-32"u8)
            || MediaType.StartsWith(charset, "ucs-"u8) || MediaType.StartsWith(charset, "iso-10646"u8) || looked == 0;
        var enough = isDeclared ? 0 : looked / 5;
        var (even, odd) = (zeros[0] + zeros[2], zeros[1] + zeros[3]);
        return zeros[2] + zeros[3] > looked * 4 / 10 && zeros[1] > looked / 5 ? TextEncoding.Utf32
            : zeros[0] + zeros[1] > looked * 4 / 10 && zeros[2] > looked / 5 ? TextEncoding.Utf32BigEndian
            : odd > enough && odd > even * 4 ? TextEncoding.Utf16
            : even > enough && even > odd * 4 ? TextEncoding.Utf16BigEndian
            : looked == 0 && content.Length > 1 ? (content[1] == 0 ? TextEncoding.Utf16 : TextEncoding.Utf16BigEndian)
            : TextEncoding.None;
    }

    private static bool IsWideText(ReadOnlySpan<byte> content, TextEncoding encoding)
    {
        var width = encoding >= TextEncoding.Utf32 ? 4 : 2;
        var decoder = Wide(encoding).GetDecoder();
        Span<char> letters = stackalloc char[Looked];
        content = content[..(content.Length / width * width)];
        for (var isDone = false; !isDone;)
        {
            decoder.Convert(content, letters, flush: true, out var used, out var written, out isDone);
            content = content[used..];
            if (letters[..written].ContainsAny(WideControls))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsText(ReadOnlySpan<byte> content, ReadOnlySpan<byte> charset)
    {
        if (content.ContainsAny(Controls))
        {
            return false;
        }

        // The last character may be cut off.
        for (var cut = 0; cut < LongestCharacter && cut <= content.Length; cut++)
        {
            if (Utf8.IsValid(content[..^cut]))
            {
                return true;
            }
        }

        var isOther = !charset.IsEmpty && !MediaType.StartsWith(charset, "utf-8"u8) && !MediaType.StartsWith(charset, "us-ascii"u8);
        var high = 0;
        foreach (var octet in content)
        {
            high += octet >> 7;
        }

        return isOther || high <= content.Length / 4;
    }
}

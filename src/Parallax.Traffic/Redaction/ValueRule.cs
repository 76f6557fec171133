using System.Buffers;
using Parallax.Traffic.Contents;

namespace Parallax.Traffic.Redaction;

/// <summary>The one rule that looks into a value, wherever it stands: it finds out which format the value holds, and what is found in
/// there is looked at in the same way.</summary>
/// <remarks>Its work is linear in the value, and bounded: what takes more, or is nested deeper, counts as a secret, and a body in which it
/// stands is withheld (<see cref="IsExhausted"/>). Thread safety: none.</remarks>
internal sealed class ValueRule : IValueRule, IContentRule
{
    // Values in values that are written with escapes.
    private const int MaxDepth = 8;

    // A value is looked at a few times, once for each format that it could be and each that it stands in.
    private const int LooksPerOctet = 64;
    private const int LooksInAll = 1 << 16;

    private const int ShortestValue = 5;
    private const int ShortestBase64 = 16;
    private const int OpaqueLength = 1024;

    private static readonly SearchValues<byte> Openers = SearchValues.Create("=:%<{[/"u8);
    private static readonly SearchValues<byte> Base64Octets =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_"u8);

    private static readonly SearchValues<byte> Base64Lines =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=\r\n"u8);

    private const byte NoSextet = 0xFF;

    private static readonly byte[] Sextets = [.. Enumerable.Range(0, 128).Select(octet => SextetOf((char)octet))];

    private readonly FoundSecrets[] _nested = [.. Enumerable.Range(0, MaxDepth).Select(_ => new FoundSecrets())];
    private readonly JsonSecrets _json;
    private readonly MarkupSecrets _markup;
    private readonly PartSecrets _parts;
    private readonly bool _keepsOpaque;
    private int _depth;
    private long _looksLeft;

    /// <summary>A rule for values.</summary>
    /// <param name="keepsOpaque">True when what cannot be looked into stays as it is.</param>
    public ValueRule(bool keepsOpaque)
    {
        _keepsOpaque = keepsOpaque;
        var keys = new KnownNames<KeyMeaning>(SecretKeys.MeaningOf);
        _json = new(this);
        Text = new(this, _json, keys);
        _markup = new(this, Text);
        _parts = new(this, this, keepsOpaque);
        Pairs = new(this, keys);
    }

    /// <summary>True when what was looked into since the last beginning took more work than its length allows: then not all of it was.
    /// </summary>
    public bool IsExhausted => _looksLeft < 0 || _json.IsExhausted;

    /// <summary>Looks into JSON.</summary>
    public JsonSecrets Json => _json;

    /// <summary>Looks into text whose grammar is not known.</summary>
    public TextSecrets Text { get; }

    /// <summary>Looks into markup.</summary>
    public MarkupSecrets Markup => _markup;

    /// <summary>Looks into URLs and forms.</summary>
    public PairSecrets Pairs { get; }

    /// <summary>Begins with another message: it may cost as much as its length allows.</summary>
    public void Begin(int length)
    {
        _looksLeft = ((long)length * LooksPerOctet) + LooksInAll;
        _depth = 0;
        _json.Begin(length);
    }

    /// <inheritdoc/>
    public void Look(ReadOnlySpan<byte> value, int at, FoundSecrets found, MarkStyle style)
    {
        if (value.Length < ShortestValue)
        {
            return;
        }

        _looksLeft -= value.Length;
        if (IsExhausted)
        {
            found.Add(at, value.Length, SecretKind.Secret, style);
            return;
        }

        if (!value.ContainsAny(Openers) && value.IndexOf("--"u8) < 0)
        {
            SecretShapes.Find(value, at, found, style);
            LookIntoBase64(value, at, found, style);
            return;
        }

        var trimmed = value.TrimStart(" \t\r\n"u8);
        var isOpened = !trimmed.IsEmpty && trimmed[0] switch
        {
            (byte)'{' or (byte)'[' => JsonSecrets.MayBegin(trimmed) && _json.TryFind(value, at, found, style),
            (byte)'<' => _markup.TryFind(value, at, found, style),
            (byte)'-' => TryParts(value, at, found, style),
            _ => TryPieces(value, at, found, style),
        };
        if (!isOpened)
        {
            Text.Find(value, at, found, style, TextKind.Prose);
            LookIntoBase64(value, at, found, style);
        }
    }

    /// <inheritdoc/>
    public bool Holds(ReadOnlySpan<byte> unescaped, out SecretKind kind)
    {
        kind = SecretKind.Secret;
        if (_depth == MaxDepth)
        {
            return true;
        }

        var found = _nested[_depth++];
        found.Clear();
        Look(unescaped, 0, found, MarkStyle.Plain);
        _depth--;
        kind = found.Count > 0 ? found.FirstKind : kind;
        return found.Count > 0;
    }

    /// <inheritdoc/>
    /// <remarks>A part of a value: it is looked into like any other, whatever its type.</remarks>
    WithheldReason? IContentRule.Find(ReadOnlySpan<byte> contentType, ReadOnlySpan<byte> content, int at, FoundSecrets found)
    {
        Look(content, at, found, MarkStyle.Plain);
        return null;
    }

    // A form with parts, as a gateway hands it on in JSON.
    private bool TryParts(ReadOnlySpan<byte> value, int at, FoundSecrets found, MarkStyle style)
    {
        var boundary = PartSecrets.BoundaryOf(value, default);
        if (boundary.IsEmpty)
        {
            return false;
        }

        if (style != MarkStyle.Plain)
        {
            if (Holds(value, out var kind))
            {
                found.Add(at, value.Length, kind, style);
            }
        }
        else if (_parts.Find(boundary, value, at, found) is not null)
        {
            found.Add(at, value.Length, SecretKind.Withheld, style);
        }

        return true;
    }

    // Texts of a JSON sequence (RFC 7464), packets of socket.io, messages of SignalR.
    private bool TryPieces(ReadOnlySpan<byte> value, int at, FoundSecrets found, MarkStyle style)
    {
        if (!value.Contains(JsonEnvelope.RecordSeparator))
        {
            return false;
        }

        for (var from = 0; from < value.Length;)
        {
            var length = value[from..].IndexOf(JsonEnvelope.RecordSeparator);
            var end = length < 0 ? value.Length : from + length;
            Look(value[from..end], at + from, found, style);
            from = end + 1;
        }

        return true;
    }

    private void LookIntoBase64(ReadOnlySpan<byte> value, int at, FoundSecrets found, MarkStyle style)
    {
        if (value.StartsWith("data:"u8) && value.IndexOf(";base64,"u8) is >= 0 and var comma)
        {
            at += comma + ";base64,".Length;
            value = value[(comma + ";base64,".Length)..];
        }

        if (value.Length < ShortestBase64 || value.ContainsAnyExcept(Base64Lines) || !(BeginsAsText(value) || IsOpaque(value)))
        {
            return;
        }

        var buffer = ArrayPool<byte>.Shared.Rent((2 * value.Length) + 4);
        var joined = value.ContainsAny((byte)'\r', (byte)'\n') ? Escapes.WithoutLineEnds(value, buffer.AsSpan(value.Length + 4)) : value;
        if (joined.TrimEnd((byte)'=').ContainsAnyExcept(Base64Octets))
        {
            ArrayPool<byte>.Shared.Return(buffer);
            return;
        }

        if (Escapes.Base64Text(joined, buffer) is > 0 and var length)
        {
            if (Holds(buffer.AsSpan(0, length), out var kind))
            {
                found.Add(at, value.Length, kind, style);
            }
        }
        else if (IsOpaque(value))
        {
            found.Add(at, value.Length, SecretKind.Withheld, style);
        }

        ArrayPool<byte>.Shared.Return(buffer);
    }

    // Padding, and numbers in hexadecimal digits, are no Base64; gzip begins like that.
    private bool IsOpaque(ReadOnlySpan<byte> value) => (value.Length >= OpaqueLength || value.StartsWith("H4sIA"u8)) && !_keepsOpaque
        && value.ContainsAnyInRange((byte)'0', (byte)'9')
        && value.ContainsAnyInRange((byte)'A', (byte)'Z') && value.ContainsAnyInRange((byte)'g', (byte)'z');

    // Most words and identifiers show with their first octets that they are not Base64 of text.
    private static bool BeginsAsText(ReadOnlySpan<byte> value)
    {
        var bits = 0UL;
        foreach (var octet in value[..8])
        {
            var sextet = octet < Sextets.Length ? Sextets[octet] : NoSextet;
            if (sextet == NoSextet)
            {
                return false;
            }

            bits = (bits << 6) | sextet;
        }

        for (; bits != 0; bits >>= 8)
        {
            if (unchecked((byte)bits) is < (byte)' ' and not ((byte)'\t' or (byte)'\n' or (byte)'\r') or >= 0xF8 or 0x7F)
            {
                return false;
            }
        }

        return true;
    }

    private static byte SextetOf(char letter) => letter switch
    {
        >= 'A' and <= 'Z' => (byte)(letter - 'A'),
        >= 'a' and <= 'z' => (byte)(letter - 'a' + 26),
        >= '0' and <= '9' => (byte)(letter - '0' + 52),
        '+' or '-' => 62,
        '/' or '_' => 63,
        _ => NoSextet,
    };
}

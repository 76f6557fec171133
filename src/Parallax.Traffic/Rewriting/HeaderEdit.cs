using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Parallax.Traffic.Rewriting;

/// <summary>What a <see cref="HeaderEdit"/> does.</summary>
public enum HeaderEditKind : byte
{
    /// <summary>Gives the first field of that name the value, removes the others; adds one when there is none.</summary>
    Set,

    /// <summary>Adds a field after all others, whatever is there.</summary>
    Add,

    /// <summary>Removes every field of that name.</summary>
    Remove,
}

/// <summary>A change to one header of the shadow request.</summary>
/// <remarks>Thread safety: immutable.</remarks>
public sealed class HeaderEdit
{
    // Framing and connection headers decide how the octets are understood; changing one would break the request or the connection,
    // and without its mark a shadow could be mirrored again.
    private static readonly FrozenSet<string> Reserved = new[]
    {
        "content-length", "transfer-encoding", "connection", "keep-alive", "upgrade", "expect", "trailer",
        ShadowMark.NameHeader, ShadowMark.ProofHeader,
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private HeaderEdit(HeaderEditKind kind, string name, string value, ValueTemplate? template = null)
    {
        Kind = kind;
        Template = template;
        Name = name;
        Value = value;
        NameOctets = Encoding.Latin1.GetBytes(name);
        ValueOctets = Encoding.UTF8.GetBytes(value);
    }

    /// <summary>What is done.</summary>
    public HeaderEditKind Kind { get; }

    /// <summary>The field's name as it is written when the field is new; compared without regard to case.</summary>
    public string Name { get; }

    /// <summary>The value, sent as UTF-8; empty for <see cref="HeaderEditKind.Remove"/>.</summary>
    public string Value { get; }

    /// <summary>What makes the value again for each message; null for one that is always the same.</summary>
    public ValueTemplate? Template { get; }

    internal byte[] NameOctets { get; }

    internal byte[] ValueOctets { get; }

    /// <summary>Reads an edit: <c>NAME: VALUE</c> to set and add, <c>NAME</c> to remove.</summary>
    /// <param name="kind">What the flag does.</param>
    /// <param name="text">The flag's value. Blanks around the value are not part of it.</param>
    /// <param name="edit">The edit; null when false is returned.</param>
    /// <param name="error">What is wrong and what would be right; null when true is returned.</param>
    public static bool TryParse(
        HeaderEditKind kind, string text, [NotNullWhen(true)] out HeaderEdit? edit, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var hasValue = kind != HeaderEditKind.Remove;
        var name = (colon < 0 ? text : text[..colon]).Trim();
        var value = colon < 0 ? "" : text[(colon + 1)..].Trim();
        error = (colon >= 0) != hasValue || !FieldToken.IsToken(name)
            ? $"\"{text}\" is not a header; write {(hasValue ? "NAME: VALUE" : "its name only")}"
            : ErrorOf(name, value);
        edit = error is null ? new HeaderEdit(kind, name, value) : null;
        return edit is not null;
    }

    /// <summary>The same edit with a value that is made again for each message.</summary>
    /// <param name="template">The value.</param>
    /// <returns>An edit with a constant when nothing of the value depends on the message.</returns>
    public HeaderEdit With(ValueTemplate template)
    {
        ArgumentNullException.ThrowIfNull(template);
        return template.Constant is { } constant ? new(Kind, Name, constant) : new(Kind, Name, template.Text, template);
    }

    /// <summary>True for a header that no edit may change.</summary>
    public static bool IsReserved(string name) => Reserved.Contains(name);

    /// <summary>A field of our own making, which needs no check.</summary>
    internal static HeaderEdit Own(HeaderEditKind kind, string name, string value) => new(kind, name, value);

    private static string? ErrorOf(string name, string value)
    {
        if (Reserved.Contains(name))
        {
            return $"\"{name}\" belongs to the message's framing, to the connection or to the loop guard and cannot be changed";
        }

        return value.AsSpan().ContainsAnyInRange('\0', '\x08')
            || value.AsSpan().ContainsAnyInRange('\x0A', '\x1F')
            || value.Contains('\x7F', StringComparison.Ordinal)
            ? $"the value of \"{name}\" holds a control character; header values are one line of text"
            : null;
    }
}

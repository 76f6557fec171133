using System.Diagnostics.CodeAnalysis;
using System.Text;
using Parallax.Traffic.Rewriting;

namespace Parallax.Traffic.Policy;

/// <summary>What makes two requests belong together when sampling.</summary>
public enum StickyKey : byte
{
    /// <summary>Nothing: every request is drawn for itself.</summary>
    None,

    /// <summary>The value of a header field.</summary>
    Header,

    /// <summary>The value of a cookie.</summary>
    Cookie,

    /// <summary>The client's address, without its port.</summary>
    ClientIp,
}

/// <summary>The choice of a <see cref="StickyKey"/>, with the name it needs.</summary>
/// <remarks>Thread safety: immutable.</remarks>
public sealed class StickyBy
{
    private StickyBy(StickyKey key, string name)
    {
        Key = key;
        Name = name;
        NameOctets = Encoding.Latin1.GetBytes(name);
    }

    /// <summary>Every request is drawn for itself.</summary>
    public static StickyBy Nothing { get; } = new(StickyKey.None, "");

    /// <summary>What is looked at.</summary>
    public StickyKey Key { get; }

    /// <summary>The header's name (any case) or the cookie's (exact); empty otherwise.</summary>
    public string Name { get; }

    internal byte[] NameOctets { get; }

    /// <summary>Reads <c>header:NAME</c>, <c>cookie:NAME</c> or <c>client-ip</c>.</summary>
    /// <param name="text">The flag's value.</param>
    /// <param name="sticky">The choice; null when false is returned.</param>
    /// <param name="error">What is wrong and what would be right; null when true is returned.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out StickyBy? sticky, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        sticky = text switch
        {
            "client-ip" => new StickyBy(StickyKey.ClientIp, ""),
            _ when NameBehind(text, "header:") is { } name => new StickyBy(StickyKey.Header, name),
            _ when NameBehind(text, "cookie:") is { } name => new StickyBy(StickyKey.Cookie, name),
            _ => null,
        };
        error = sticky is null ? $"\"{text}\" is nothing to be sticky by; write header:NAME, cookie:NAME or client-ip" : null;
        return sticky is not null;
    }

    private static string? NameBehind(string text, string prefix) =>
        text.StartsWith(prefix, StringComparison.Ordinal) && FieldToken.IsToken(text.AsSpan(prefix.Length)) ? text[prefix.Length..] : null;
}

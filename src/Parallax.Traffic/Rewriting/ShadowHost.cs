using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Parallax.Traffic.Rewriting;

/// <summary>What becomes of the authority in the shadow request.</summary>
public enum ShadowHostMode : byte
{
    /// <summary><c>-shadow</c> is put after the host, before the port, as Envoy does.</summary>
    Suffix,

    /// <summary>It stays as it is.</summary>
    Same,

    /// <summary>It becomes the target's own.</summary>
    Target,

    /// <summary>It becomes a given one.</summary>
    Literal,
}

/// <summary>The rule for the authority of the shadow request: the value of Host, and the authority of an absolute-form target.</summary>
/// <remarks>Thread safety: immutable.</remarks>
public sealed class ShadowHost
{
    private readonly byte[] _literal;

    private ShadowHost(ShadowHostMode mode, string literal)
    {
        Mode = mode;
        _literal = Encoding.Latin1.GetBytes(literal);
    }

    /// <summary><c>host:80</c> becomes <c>host-shadow:80</c>; the default.</summary>
    public static ShadowHost Suffix { get; } = new(ShadowHostMode.Suffix, "");

    /// <summary>It stays as it is.</summary>
    public static ShadowHost Same { get; } = new(ShadowHostMode.Same, "");

    /// <summary>What is done.</summary>
    public ShadowHostMode Mode { get; }

    /// <summary>Reads <c>suffix</c>, <c>same</c>, <c>target</c> or <c>literal:NAME</c>.</summary>
    /// <param name="text">The flag's value.</param>
    /// <param name="host">The rule; null when false is returned.</param>
    /// <param name="error">What is wrong and what would be right; null when true is returned.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out ShadowHost? host, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        const string literal = "literal:";
        host = text switch
        {
            "suffix" => Suffix,
            "same" => Same,
            "target" => new ShadowHost(ShadowHostMode.Target, ""),
            _ when text.StartsWith(literal, StringComparison.Ordinal) && IsAuthority(text.AsSpan(literal.Length)) =>
                new ShadowHost(ShadowHostMode.Literal, text[literal.Length..]),
            _ => null,
        };
        error = host is null ? $"\"{text}\" is not a rule for the host; write suffix, same, target or literal:NAME" : null;
        return host is not null;
    }

    /// <summary>Writes the shadow's authority.</summary>
    /// <param name="authority">The original one; an empty one stays empty under <see cref="ShadowHostMode.Suffix"/>.</param>
    /// <param name="target">The target's own.</param>
    /// <param name="copy">Where to.</param>
    internal void Write(ReadOnlySpan<byte> authority, ReadOnlySpan<byte> target, ref HeadCopy copy)
    {
        switch (Mode)
        {
            case ShadowHostMode.Suffix when !authority.IsEmpty:
                var host = TargetParts.HostLengthOf(authority);
                copy.Write(authority[..host]);
                copy.Write("-shadow"u8);
                copy.Write(authority[host..]);
                break;
            case ShadowHostMode.Target:
                copy.Write(target);
                break;
            case ShadowHostMode.Literal:
                copy.Write(_literal);
                break;
            default:
                copy.Write(authority);
                break;
        }
    }

    private static bool IsAuthority(ReadOnlySpan<char> text) =>
        !text.IsEmpty && !text.ContainsAnyExceptInRange('!', '~') && !text.ContainsAny('/', '?', '@');
}

using System.Text.RegularExpressions;

namespace Parallax.Proxy.Configuration.Loading;

/// <summary>Guesses what a document is that cannot be read.</summary>
internal static partial class KindSketch
{
    /// <summary>The <c>apiVersion</c> and <c>kind</c> of a text, when both stand in it plainly, once, and at the left margin; else
    /// null.</summary>
    public static (string ApiVersion, string Kind)? Of(string text) =>
        Single(ApiVersionLine(), text) is { } apiVersion && Single(KindLine(), text) is { } kind ? (apiVersion, kind) : null;

    private static string? Single(Regex line, string text) => line.Matches(text) is [var only] ? only.Groups[1].Value : null;

    [GeneratedRegex(@"^apiVersion:[ \t]+[""']?([\w./-]+)", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex ApiVersionLine();

    [GeneratedRegex(@"^kind:[ \t]+[""']?(\w+)", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex KindLine();
}

using System.Text.RegularExpressions;

namespace Parallax.Shadows.Replay;

/// <summary>Where in a response a rule finds values.</summary>
public enum StateSource : byte
{
    /// <summary>The value of a header.</summary>
    Header,

    /// <summary>The value of a cookie that is set.</summary>
    Cookie,

    /// <summary>A place in a JSON body, as a JSON Pointer; <c>*</c> stands for every element or member.</summary>
    Json,

    /// <summary>The body as text; <see cref="StateRule.Pattern"/> says where.</summary>
    Body,
}

/// <summary>One rule of state mapping: what a response issues that the automatic search does not find, or should not.</summary>
/// <remarks>Thread safety: immutable.</remarks>
public sealed record StateRule
{
    /// <summary>Its name in the account.</summary>
    public required string Name { get; init; }

    /// <summary>Only the answers to requests whose target this matches; null, the default, for all.</summary>
    public Regex? Endpoint { get; init; }

    /// <summary>Where the values stand.</summary>
    public required StateSource Source { get; init; }

    /// <summary>The name of the header or cookie, or the JSON Pointer; empty for the body.</summary>
    public string Key { get; init; } = "";

    /// <summary>Its first group, or else all of it, is the value; every match is one. Null, the default, for the whole.</summary>
    public Regex? Pattern { get; init; }

    /// <summary>The only places in which the values are replaced, however short they are; empty, the default, for those in which they are
    /// certain to be meant.</summary>
    public IReadOnlyList<SubstitutionPlace> Places { get; init; } = [];

    /// <summary>True when these values are never replaced, though the automatic search finds them.</summary>
    public bool IsIgnored { get; init; }
}

/// <summary>What came of a rule.</summary>
/// <param name="Name">The rule's name.</param>
/// <param name="Found">Values it found in recorded responses.</param>
/// <param name="Replaced">How often one was replaced in a request.</param>
public sealed record StateRuleAccount(string Name, long Found, long Replaced);

using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace Parallax.Traffic.Rewriting;

/// <summary>A header's value with Envoy's command operators in it: <c>%REQ(x-user?x-guest):16%</c>, <c>%PROTOCOL%</c>, and <c>%%</c> for a
/// percent sign. What has no value in an exchange is empty, and a value that is empty as a whole changes nothing, as in Envoy.</summary>
/// <remarks>Thread safety: immutable.</remarks>
public sealed partial class ValueTemplate
{
    private readonly List<Part> _parts = [];
    private readonly List<string> _withoutValue = [];

    private ValueTemplate(string text) => Text = text;

    /// <summary>The value as it was written.</summary>
    public string Text { get; }

    /// <summary>The value of a template in which nothing depends on the exchange; null when something does.</summary>
    public string? Constant => _parts.TrueForAll(part => part.Operator == ValueOperator.Text)
        ? string.Concat(_parts.Select(part => part.Argument))
        : null;

    /// <summary>The operators that have no value here, each with the reason; empty for none.</summary>
    public IReadOnlyList<string> WithoutValue => _withoutValue;

    internal IReadOnlyList<Part> Parts => _parts;

    /// <summary>Reads a value.</summary>
    /// <param name="text">The value.</param>
    /// <param name="isResponse">True for a header of a response, false for one of a request.</param>
    /// <param name="template">The template; null when false is returned.</param>
    /// <param name="error">What is wrong, to be read after the value's name; null when true is returned. Envoy refuses the same.</param>
    /// <param name="remedy">What would be right.</param>
    public static bool TryParse(
        string text,
        bool isResponse,
        [NotNullWhen(true)] out ValueTemplate? template,
        [NotNullWhen(false)] out string? error,
        out string remedy)
    {
        ArgumentNullException.ThrowIfNull(text);
        var parsed = new ValueTemplate(text);
        template = null;
        error = null;
        remedy = "";
        var literal = new StringBuilder();
        for (var at = 0; at < text.Length && error is null;)
        {
            var next = text.IndexOf('%', at);
            literal.Append(text.AsSpan(at, (next < 0 ? text.Length : next) - at));
            if (next < 0)
            {
                break;
            }

            if (text.AsSpan(next + 1).StartsWith('%'))
            {
                literal.Append('%');
                at = next + 2;
                continue;
            }

            var command = Command().Match(text, next, text.Length - next);
            parsed.AddText(literal);
            (error, remedy) = command.Success ? parsed.AddCommand(command, isResponse) : Alone(next);
            at = next + command.Length;
        }

        parsed.AddText(literal);
        template = error is null ? parsed : null;
        return template is not null;
    }

    private static (string Error, string Remedy) Alone(int at) => (
        string.Create(CultureInfo.InvariantCulture, $"holds a % as its character {at + 1} that begins no command operator"),
        "write %% for a percent sign");

    private void AddText(StringBuilder literal)
    {
        if (literal.Length > 0)
        {
            _parts.Add(new(ValueOperator.Text, literal.ToString(), "", int.MaxValue));
            literal.Clear();
        }
    }

    private (string? Error, string Remedy) AddCommand(Match command, bool isResponse)
    {
        var name = command.Groups["name"].Value;
        var argument = command.Groups["argument"];
        var length = command.Groups["length"];
        if (!ValueOperators.TryFind(name, out var found))
        {
            return ($"holds {command.Value}, which is no command operator of Envoy", $"known are {ValueOperators.Names}");
        }

        if (ValueOperators.NamesHeader(found))
        {
            return AddHeader(command, found, isResponse);
        }

        if (found is not (ValueOperator.Nothing or ValueOperator.StartTime) && (argument.Success || length.Success))
        {
            return ($"holds {command.Value}, but {name} takes {(argument.Success ? "nothing between parentheses" : "no length")}",
                $"write %{name}%");
        }

        if (found == ValueOperator.Nothing)
        {
            _withoutValue.Add($"{command.Value}, which is not supported and stands for nothing");
        }
        else if (found == ValueOperator.StartTime && argument.Success)
        {
            _withoutValue.Add($"{command.Value}, whose format is not supported; the time is written as %START_TIME% has it");
        }

        Add(command, found, isResponse, found == ValueOperator.HostName ? Dns.GetHostName() : "", "", int.MaxValue);
        return (null, "");
    }

    private (string? Error, string Remedy) AddHeader(Match command, ValueOperator found, bool isResponse)
    {
        var names = command.Groups["argument"].Value.Split('?');
        if (names.Length > 2 || !Array.TrueForAll(names, name => IsName(name, found)))
        {
            var example = found == ValueOperator.Request ? "%REQ(x-name)% or %REQ(x-name?x-other):16%" : "%RESP(x-name)%";
            return ($"holds {command.Value}, which names no header", $"write one name, or one and another in its place: {example}");
        }

        var length = command.Groups["length"];
        var most = length.Success && int.TryParse(length.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var given)
            ? given
            : int.MaxValue;
        Add(command, found, isResponse, names[0].ToLowerInvariant(), names.Length > 1 ? names[1].ToLowerInvariant() : "", most);
        return (null, "");
    }

    private void Add(Match command, ValueOperator found, bool isResponse, string first, string second, int most)
    {
        if (found == ValueOperator.HostName)
        {
            _parts.Add(new(ValueOperator.Text, first, "", most));
        }
        else if (!isResponse && ValueOperators.NeedsResponse(found))
        {
            _withoutValue.Add($"{command.Value}, which has no value in a request and stands for nothing");
            _parts.Add(new(ValueOperator.Nothing, "", "", 0));
        }
        else
        {
            _parts.Add(new(found, first, second, most));
        }
    }

    // A name, or what HTTP/2 calls parts of the request line and the status.
    private static bool IsName(string name, ValueOperator found) => found == ValueOperator.Request
        ? name.ToLowerInvariant() is ":method" or ":path" or ":authority" or ":scheme" || FieldToken.IsToken(name)
        : name.Equals(":status", StringComparison.OrdinalIgnoreCase) || FieldToken.IsToken(name);

    [GeneratedRegex(@"\G%(?<name>[A-Z0-9_]+)(\((?<argument>[^)]*)\))?(:(?<length>[0-9]+))?%", RegexOptions.ExplicitCapture)]
    private static partial Regex Command();

    /// <summary>A part of a value.</summary>
    /// <param name="Operator">What it stands for.</param>
    /// <param name="Argument">The text, or the name of a header in lower case.</param>
    /// <param name="Alternative">The name of the header that stands in for that one; empty for none.</param>
    /// <param name="Most">How many octets of it are written at most.</param>
    internal sealed record Part(ValueOperator Operator, string Argument, string Alternative, int Most)
    {
        public byte[] ArgumentOctets { get; } = Encoding.UTF8.GetBytes(Argument);

        public byte[] AlternativeOctets { get; } = Encoding.UTF8.GetBytes(Alternative);
    }
}

using System.Text.RegularExpressions;
using Parallax.Documents;
using Parallax.Proxy.Configuration.Model;
using Parallax.Proxy.Configuration.Reading;

namespace Parallax.Proxy.Configuration.GatewayApi;

/// <summary>Reads HTTPCORSFilter.</summary>
internal static partial class CorsFilterReader
{
    private const int DefaultMaxAge = 5;

    private static readonly (string Scheme, string Port)[] UsualPorts = [("http://", ":80"), ("https://", ":443")];

    /// <summary>Reads the filter.</summary>
    public static CorsConfig Read(Fields fields)
    {
        CorsRules.CheckNames(fields, mayBeAnything: false);
        var origins = fields.Texts("allowOrigins");
        ApiNames.CheckTwice(origins.Select((text, index) => (text, fields.Of("allowOrigins").At(index))), fields.Findings);
        if (origins.Count > 1 && origins.Contains("*"))
        {
            fields.Findings.Error("RUL201", fields.Of("allowOrigins"), "holds * and others", "write * alone");
        }

        return new()
        {
            Origins = [.. origins.Select((text, index) => Origin(text, fields.Of("allowOrigins").At(index), fields.Findings))],
            AllowsCredentials = fields.Flag("allowCredentials") ?? false,
            Methods = HeadTexts.Lines(fields, "allowMethods"),
            Headers = HeadTexts.Lines(fields, "allowHeaders"),
            ExposedHeaders = HeadTexts.Lines(fields, "exposeHeaders"),
            MaxAge = TimeSpan.FromSeconds(fields.Whole("maxAge", 1) ?? DefaultMaxAge),
            ForwardsUnmatchedPreflights = false,
        };
    }

    // https://*.example.com stands for any host below it. Browsers leave the usual port of a scheme out.
    private static TextMatchConfig Origin(string text, Place place, Findings findings)
    {
        if (text == "*")
        {
            return new(TextMatchKind.Present, "");
        }

        if (!Form().IsMatch(text))
        {
            findings.Error(
                "FLD104", place, $"is \"{text}\", which is not an origin", "write https://example.com, https://*.example.com or *");
        }

        foreach (var (scheme, port) in UsualPorts)
        {
            if (text.StartsWith(scheme, StringComparison.OrdinalIgnoreCase) && text.EndsWith(port, StringComparison.Ordinal))
            {
                text = text[..^port.Length];
            }
        }

        return text.Contains('*', StringComparison.Ordinal)
            ? new(TextMatchKind.Regex, "(?i)" + Regex.Escape(text).Replace(@"\*", "[^/:@]+", StringComparison.Ordinal))
            : new(TextMatchKind.Exact, text, IgnoresCase: true);
    }

    [GeneratedRegex(@"^https?://(?:(?:\*\.)?(?:[a-zA-Z0-9-]+\.)*[a-zA-Z0-9-]+|\*)(?::[0-9]{1,5})?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}

using System.CommandLine;
using Parallax.Cli.CommandLine;
using Parallax.Cli.Output;
using Parallax.Recording.Redaction;

namespace Parallax.Cli.Commands;

/// <summary>The options of <c>--stdout</c>.</summary>
internal sealed class PrintSwitches
{
    private readonly Option<bool> _stdout = new("--stdout") { Description = "print the exchanges that --allow and --deny select" };
    private readonly Option<string?> _bodies = new("--bodies")
    {
        Description = "with --stdout: print the bodies of request, response, both or none [both]",
        HelpName = "WHICH",
    };

    /// <summary>The options.</summary>
    public IEnumerable<Option> All => [_stdout, _bodies];

    /// <summary>True when exchanges are printed.</summary>
    public bool IsWanted(ParseResult parsed) => parsed.GetValue(_stdout);

    /// <summary>How they are printed, but for which.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="asJson">True for JSON lines.</param>
    /// <param name="keepsRaw">True shows secrets.</param>
    /// <exception cref="UsageException">A value is not right.</exception>
    public PrintOptions OptionsOf(ParseResult parsed, bool asJson, bool keepsRaw)
    {
        var bodies = parsed.GetValue(_bodies);
        if (bodies is not null && (asJson || !IsWanted(parsed)))
        {
            throw new UsageException(asJson ? $"{_bodies.Name}: JSON lines have every body" : $"{_bodies.Name} needs {_stdout.Name}");
        }

        return new()
        {
            AsJson = asJson,
            Redactor = keepsRaw ? null : new Redactor(),
            Bodies = bodies switch
            {
                null or "both" => ShownBodies.Both,
                "request" => ShownBodies.Request,
                "response" => ShownBodies.Response,
                "none" => ShownBodies.None,
                var other => throw new UsageException($"{_bodies.Name}: \"{other}\" is not request, response, both or none"),
            },

            // https://no-color.org
            HasColours = !Console.IsOutputRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")),
        };
    }
}

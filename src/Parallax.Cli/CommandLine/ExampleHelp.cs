using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Parallax.Cli.CommandLine;

/// <summary>A command's help with examples after it.</summary>
internal sealed class ExampleHelp : SynchronousCommandLineAction
{
    private readonly HelpAction _help = new();
    private readonly Dictionary<Command, string> _examples = [];

    /// <summary>Makes <c>--help</c> of every command below <paramref name="root"/> show its examples.</summary>
    public static ExampleHelp AddTo(RootCommand root)
    {
        var help = new ExampleHelp();
        foreach (var option in root.Options.OfType<HelpOption>())
        {
            option.Action = help;
        }

        return help;
    }

    public void Add(Command command, string examples) => _examples[command] = examples;

    public override int Invoke(ParseResult parseResult)
    {
        var code = _help.Invoke(parseResult);
        if (_examples.TryGetValue(parseResult.CommandResult.Command, out var examples))
        {
            Console.Out.WriteLine("Examples:");
            Console.Out.WriteLine(examples);
        }

        return code;
    }
}

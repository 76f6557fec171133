using System.CommandLine;
using System.Text;
using Parallax.Cli.CommandLine;
using Parallax.Cli.Output;
using Parallax.Runs.Running;

namespace Parallax.Cli.Commands;

/// <summary><c>parallax validate</c>: whether documents can be used, and what is wrong with them.</summary>
internal static class ValidateCommand
{
    private const string Description =
        "Checks Istio and Gateway API documents as the proxy would read them; reports every error and warning.";

    private const string Examples = """
          parallax validate -f mirror.yaml
              exit code 0 when the proxy could start with it, 2 when not
          parallax validate -f istio/ --resolve httpbin:8000=127.0.0.1:9001,version=v1
              all files of a folder; an endpoint of httpbin is known
          kubectl get virtualservices,gateways.networking.istio.io -A -o yaml | parallax validate -f - --json
        """;

    public static CommandPage Create()
    {
        var documents = new ConfigurationSwitches();
        var json = new Option<bool>("--json") { Description = "one JSON object" };
        var page = new CommandPage(new("validate", Description), Examples);
        documents.AddTo(page);
        page.Add(SwitchGroup.Run, json);
        page.Command.SetAction(parsed => Run(documents, parsed, parsed.GetValue(json)));
        return page;
    }

    private static int Run(ConfigurationSwitches documents, ParseResult parsed, bool asJson)
    {
        using var stdout = StandardOutput.Open();

        // Not disposed of: that would write once more what could not be written.
        var output = new StreamWriter(stdout, new UTF8Encoding(false), 1 << 16);
        try
        {
            var loaded = documents.Load(parsed);
            if (asJson)
            {
                FindingsText.WriteJson(output, loaded);
            }
            else
            {
                FindingsText.Write(output, loaded);
            }

            output.Flush();
            return loaded.Config is null ? ExitCode.Usage : ExitCode.Ok;
        }
        catch (RunException fault)
        {
            Console.Error.WriteLine($"parallax: {fault.Message}");
            return ExitCode.Usage;
        }
        catch (IOException closed) when (StandardOutput.IsClosedPipe(closed))
        {
            return ExitCode.Ok;
        }
    }
}

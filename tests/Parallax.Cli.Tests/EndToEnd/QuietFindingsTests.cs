using System.Text.RegularExpressions;

namespace Parallax.Cli.Tests.EndToEnd;

/// <summary>Findings in documents: all of them as a rule, errors alone with <c>--quiet</c>.</summary>
public sealed class QuietFindingsTests : IDisposable
{
    // The error is in the first, the warning in the second.
    private const string Documents = """
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: {name: broken}
        spec:
          hosts: [broken.example]
          http:
          - mirrorPercentage: {value: 101}
            mirror: {host: copy.example}
            route: [{destination: {host: app.example}}]
        ---
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: {name: odd}
        spec:
          hosts: [odd.example]
          nobodyKnows: 1
          http:
          - route: [{destination: {host: app.example}}]
        """;

    private readonly string _file = Path.GetTempFileName();

    public QuietFindingsTests() => File.WriteAllText(_file, Documents);

    public void Dispose() => File.Delete(_file);

    [Theory]
    [InlineData("proxy")]
    [InlineData("capture --vxlan 127.0.0.1:0")]
    public async Task Findings_AreSaidBySeverity(string command)
    {
        string[] arguments = [.. command.Split(' '), "--file", _file];
        var all = Untimed(await RunningParallax.Run(arguments));
        var quiet = Untimed(await RunningParallax.Run([.. arguments, "--quiet"]));

        Assert.Contains(all, line => line.StartsWith($"warning parallax: {_file}:") && line.Contains(": warning "));
        Assert.Contains(all, line => line.StartsWith($"error parallax: {_file}:") && line.Contains(": error "));
        Assert.Equal(all.Where(line => !line.Contains(": warning ")), quiet);
    }

    // What runs log has the time before it; what a command line is refused with has not.
    private static List<string> Untimed(Ended ended) =>
        [.. ended.Errors.Split('\n').Select(line => Regex.Replace(line, @"^\d{4}-\S+Z ", ""))];
}

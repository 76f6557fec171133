using System.Text.Json;
using Parallax.TestKit;

namespace Parallax.Cli.Tests.EndToEnd;

/// <summary><c>parallax validate</c>, as a pipeline runs it.</summary>
public class ValidateTests
{
    private static readonly string Folder = Path.Combine(RealData.Root, "testdata", "istio");

    private static readonly string Valid = Path.Combine(Folder, "valid", "half-to-another-cluster.yaml");

    private static readonly string Invalid = Path.Combine(Folder, "invalid", "mirror-and-mirrors.yaml");

    [Fact]
    public async Task Documents_ThatAreRight_AreValid()
    {
        var ended = await RunningParallax.Run("validate", "-f", Valid, "--resolve", "httpbin:8000=127.0.0.1:9001,version=v1");

        Assert.Equal(0, ended.ExitCode);
        Assert.Equal("valid: 0 errors, 0 warnings; 4 documents in 1 file; 1 listener, 1 route, 1 mirror, 2 clusters", ended.Output.Trim());
    }

    [Fact]
    public async Task Documents_ThatAreWrong_NameFileLineAndRemedy()
    {
        var ended = await RunningParallax.Run("validate", "-f", Invalid);

        Assert.Equal(2, ended.ExitCode);
        Assert.Contains($"{Invalid}:21:5: error FLD101: spec.http[0].mirrorPercentge ", ended.Output);
        Assert.Contains("(did you mean \"mirrorPercentage\"?)", ended.Output);
        Assert.Contains("not valid: 4 errors", ended.Output);
    }

    [Fact]
    public async Task Json_ListsEveryFinding()
    {
        var ended = await RunningParallax.Run("validate", "--json", "-f", Invalid);

        var root = JsonDocument.Parse(ended.Output).RootElement;
        Assert.Equal((2, false, 4), (ended.ExitCode, root.GetProperty("valid").GetBoolean(), root.GetProperty("errors").GetInt32()));
        Assert.Contains(root.GetProperty("findings").EnumerateArray(), each => each.GetProperty("line").GetInt32() == 16);
    }

    [Fact]
    public async Task Output_ToAFileThatOthersWriteToo_IsNotOverwritten()
    {
        var folder = Directory.CreateTempSubdirectory("parallax-validate");
        var file = Path.Combine(folder.FullName, "out");
        using (var shell = RunningParallax.StartThrough(
            ["sh", "-c", "{ echo BEGIN; \"$0\" \"$@\"; echo END; } > " + file, RunningParallax.Program], "validate", "-f", Valid))
        {
            await shell.End();
        }

        var lines = await File.ReadAllLinesAsync(file, TestContext.Current.CancellationToken);
        Assert.Equal(("BEGIN", "END"), (lines[0], lines[^1]));
        Assert.Contains(lines, line => line.StartsWith("valid: ", StringComparison.Ordinal));
        folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData("no document: name a file or folder with --file", "validate")]
    [InlineData("--resolve: \"httpbin\" is not an endpoint; write HOST[:PORT]=ADDR:PORT", "validate -f x --resolve httpbin")]
    [InlineData("--listen: \"80\" is not a rule for a port; write PORT=[ADDR:]PORT", "validate -f x --listen 80")]
    public async Task Options_ThatAreWrong_AreOneLine(string message, string arguments)
    {
        var ended = await RunningParallax.Run(arguments.Split(' '));

        Assert.Equal(2, ended.ExitCode);
        Assert.Contains(message, ended.Errors);
    }
}

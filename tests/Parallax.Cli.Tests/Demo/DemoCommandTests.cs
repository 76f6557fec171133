using System.Globalization;
using System.Text.RegularExpressions;
using Parallax.Cli.Tests.EndToEnd;

namespace Parallax.Cli.Tests.Demo;

public sealed partial class DemoCommandTests : IDisposable
{
    private readonly string _file = Path.Combine(Path.GetTempPath(), $"parallax-demo-{Guid.NewGuid():N}.pcap");

    public void Dispose() => File.Delete(_file);

    [Fact]
    public async Task Demo_ShortRun_NothingIsMissing()
    {
        using var demo = ParallaxProcess.Start("demo", "--duration", "1s", "--save", _file);
        var (exitCode, output, errors) = await demo.EndAsync();

        Assert.True(exitCode == 0, output + errors);
        Assert.Contains("Nothing is missing", output, StringComparison.Ordinal);
        Assert.Empty(errors);
        using var inspect = ParallaxProcess.Start("inspect", _file, "--tsv");
        var rows = (await inspect.EndAsync()).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(RequestsOf(output), rows.Count(row => row[0] != '#'));
        Assert.All(rows.Skip(1), row => Assert.EndsWith("\t-", row, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 0)]
    public async Task Demo_Signalled_EndsCleanly(string signal, int expected)
    {
        using var demo = ParallaxProcess.Start("demo", "--duration", "5m");
        await demo.ReadUntilAsync("capturing from");
        demo.Signal(signal);
        var (exitCode, output, errors) = await demo.EndAsync();

        Assert.True(exitCode == expected, output + errors);
        Assert.Contains("Stopped early", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Demo_FileThatCannotBeWritten_IsAUsageError()
    {
        using var demo = ParallaxProcess.Start("demo", "--save", Path.Combine(_file, "below-no-folder"));
        var (exitCode, _, errors) = await demo.EndAsync();

        Assert.Equal(2, exitCode);
        Assert.StartsWith("parallax: ", errors, StringComparison.Ordinal);
    }

    /// <summary>A file that was downloaded has a version in its name.</summary>
    [Fact]
    public async Task Demo_ExecutableByAnotherName_StartsItself()
    {
        var folder = Directory.CreateTempSubdirectory("parallax-demo-").FullName;
        try
        {
            var libraries = Directory.EnumerateFiles(Path.GetDirectoryName(RunningParallax.Program)!)
                .Where(path => Path.GetExtension(path) is ".dll" or ".json");
            foreach (var path in libraries)
            {
                File.Copy(path, Path.Combine(folder, Path.GetFileName(path)));
            }

            var renamed = Path.Combine(folder, "parallax-1.2.3");
            File.Copy(RunningParallax.Program, renamed);
            using var demo = RunningParallax.StartThrough([renamed], "demo", "--duration", "1s");
            Assert.Contains("Nothing is missing", (await demo.End()).Output, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static int RequestsOf(string output) =>
        int.Parse(Requests().Match(output).Groups[1].Value, NumberStyles.AllowThousands, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"([\d,]+) requests of production")]
    private static partial Regex Requests();
}

using System.Collections.Concurrent;
using System.Text;
using Parallax.TestKit;

namespace Parallax.Capture.Tests.Conformance;

/// <summary>Every real capture, extracted and judged by the tables of expected exchanges that stand beside them.</summary>
public sealed class RealCapturesTests(ITestOutputHelper output)
{
    /// <summary>Runs the judge on pairs of files, in one process for all: starting it takes longer than judging.</summary>
    private const string JudgeAll = """
        import contextlib, io, runpy, sys
        tool = sys.argv[1]
        for line in sys.stdin:
            sys.argv = [tool] + line.rstrip("\n").split("\t")
            out = io.StringIO(); code = 0
            try:
                with contextlib.redirect_stdout(out): runpy.run_path(tool)
            except SystemExit as end: code = int(bool(end.code))
            print(code, ascii(out.getvalue()), sep="\t")
        """;

    [Fact]
    public void EveryCapture_GivesTheExpectedExchanges()
    {
        var judge = RealData.PathOf("..", "tools", "judge.py");
        Assert.SkipWhen(judge is null, "the real captures are not here");
        Assert.SkipUnless(Python.Can("pass"), "python3 is not here");
        var captures = Captures();
        using var folder = new TemporaryFolder();
        var pairs = new string[captures.Count];
        Parallel.For(0, captures.Count, i => pairs[i] = Extract(captures[i], folder.PathOf($"{i}")));

        var (code, said) = Python.Run([], string.Join('\n', pairs), "-c", JudgeAll, judge);
        Assert.True(code == 0, said);
        var verdicts = said.TrimEnd('\n').Split('\n').Select(line => line.Split('\t')).ToList();
        Assert.Equal(captures.Count, verdicts.Count);

        var judged = captures.Zip(verdicts).ToList();
        foreach (var set in judged.GroupBy(pair => pair.First.Class).OrderBy(set => set.Key))
        {
            output.WriteLine($"{set.Key}: {set.Count(pair => pair.Second[0] == "0")} of {set.Count()}");
        }

        var wrong = judged.Where(pair => pair.Second[0] != "0").Select(pair => $"{pair.First} {pair.Second[1]}").ToList();
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    /// <summary>Captures without HTTP, many malformed on purpose.</summary>
    [Fact]
    public void EveryRobustCapture_EndsWithinBoundedMemory()
    {
        var robust = RealData.PathOf("robust");
        Assert.SkipWhen(robust is null, "the real captures are not here");
        var found = new ConcurrentBag<string>();
        Parallel.ForEach(Directory.EnumerateFiles(robust, "*", SearchOption.AllDirectories), capture =>
        {
            var rows = new StringWriter();
            if (RunOrRefuse(capture, rows) > 0)
            {
                found.Add($"{Path.GetRelativePath(robust, capture)}\n{rows}");
            }
        });
        output.WriteLine($"exchanges found in {found.Count} of them:\n{string.Concat(found.Order())}");
    }

    private static int RunOrRefuse(string capture, StringWriter rows)
    {
        try
        {
            return FileExtraction.Run(capture, rows, poolBytes: 16 << 20);
        }
        catch (Parallax.Capture.Sources.CaptureException)
        {
            return 0; // not a capture file after all
        }
    }

    private static List<Listed> Captures()
    {
        var rows = File.ReadLines(RealData.PathOf("catalogue.tsv")!).Select(line => line.Split('\t')).ToList();
        var (set, path) = (Array.IndexOf(rows[0], "cls"), Array.IndexOf(rows[0], "m"));
        return [.. rows.Skip(1).Select(row => new Listed(row[set], row[path]))];
    }

    /// <summary>Writes the rows of one capture, and of the expected ones those of HTTP/1.</summary>
    private static string Extract(Listed capture, string to)
    {
        var slash = capture.Path.IndexOf('/', StringComparison.Ordinal);
        var expected = RealData.PathOf("expected", $"{capture.Path[..slash]}__{capture.Path[(slash + 1)..]}.tsv")!;
        FileExtraction.Run(RealData.PathOf("captures", capture.Path)!, $"{to}.actual");
        File.WriteAllLines($"{to}.expected", File.ReadLines(expected, Encoding.Latin1).Where(IsJudged), Encoding.Latin1);
        return $"{to}.expected\t{to}.actual";
    }

    private static bool IsJudged(string row) => row.StartsWith('#') || row.StartsWith("h1\t", StringComparison.Ordinal);

    private sealed record Listed(string Class, string Path);
}

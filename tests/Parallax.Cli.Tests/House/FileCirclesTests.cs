namespace Parallax.Cli.Tests.House;

/// <summary>Files that need each other in a circle are one thing cut in two, or two that were not cut. Their number only goes down: a test
/// that fails because there are fewer asks for lower bounds in <see cref="Walls"/>.</summary>
public class FileCirclesTests
{
    [Fact]
    public void Circles_AreNoMoreAndNoLargerThanTheyWere()
    {
        var graph = new FileGraph(Repository.Sources);
        var circles = graph.Circles();
        var text = string.Join('\n', circles.Select(circle => $"{circle.Count}: {string.Join(' ', circle.Order(StringComparer.Ordinal))}"));
        var (inCircles, largest) = (circles.Sum(circle => circle.Count), circles[0].Count);
        Assert.True(
            inCircles <= Walls.MaxFilesInCircles && largest <= Walls.LargestCircle,
            $"{inCircles} of {graph.Files} files are in {circles.Count} circles, the largest of {largest}:\n{text}");
    }

    [Fact]
    public void Circles_OfThreeFiles_AreFound_AndWhatOnlyPointsThereIsNot()
    {
        SourceText[] files =
        [
            new("src/A/X/One.cs", "namespace A.X;\npublic sealed class One { private Two _two; }"),
            new("src/A/X/Two.cs", "using A.Y;\nnamespace A.X;\ninternal record Two(Three Three);"),
            new("src/A/Y/Three.cs", "using A.X;\nnamespace A.Y;\npublic readonly record struct Three(One One);"),
            new("src/A/Y/Four.cs", "using A.X;\nnamespace A.Y;\nclass Four : One { /* Five */ }"),
            new("src/A/Y/Five.cs", "namespace A.Y;\nclass Five { Four _four; string S => \"Five\"; }"),
        ];
        var circle = Assert.Single(new FileGraph(files).Circles());
        Assert.Equal(["src/A/X/One.cs", "src/A/X/Two.cs", "src/A/Y/Three.cs"], circle.Order(StringComparer.Ordinal));
    }
}

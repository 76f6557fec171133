using System.Text.RegularExpressions;

namespace Parallax.Cli.Tests.House;

/// <summary>Inside a project a folder uses only the folders before it, so that a reader can begin at the first.</summary>
public class FolderOrderTests
{
    [Fact]
    public void Folders_UseOnlyThoseBeforeThem() => Repository.AssertAll(Repository.Sources, UsesOfLaterFolders);

    [Fact]
    public void Folders_AreAllInTheOrder() => Repository.AssertAll(Repository.Sources, file =>
        file.Folder.Length == 0 || Walls.Folders[file.Project].Contains(file.Folder)
            ? []
            : [$"the folder {file.Folder} is not in the order"]);

    [Fact]
    public void Namespaces_FollowTheFolders() => Repository.AssertAll(Repository.Sources, file =>
    {
        var expected = file.Folder.Length == 0 ? file.Project : $"{file.Project}.{file.Folder}";
        return file.Lines.Contains($"namespace {expected};") ? [] : [$"its namespace is not {expected}"];
    });

    [Theory]
    [InlineData("using Parallax.Wire.Flows;\nnamespace Parallax.Wire.Packets;\n")]
    [InlineData("namespace Parallax.Wire.Packets;\nclass A { Parallax.Wire.Http1.MessageHead? _head; }")]
    [InlineData("namespace Parallax.Wire.Packets;\nclass A { Http1.MessageHead? _head; }")]
    public void Folders_UseOfALaterOne_IsFound(string text) =>
        Assert.NotEmpty(UsesOfLaterFolders(new("src/Parallax.Wire/Packets/A.cs", text)));

    [Theory]
    [InlineData("using Parallax.Wire.Packets;\nnamespace Parallax.Wire.Flows;\n// Http1.MessageHead is built from it\n")]
    [InlineData("namespace Parallax.Wire.Flows;\nclass A { int N => this.Http1.Length; }\n")]
    public void Folders_UseOfAnEarlierOne_IsFine(string text) =>
        Assert.Empty(UsesOfLaterFolders(new("src/Parallax.Wire/Flows/A.cs", text)));

    private static IEnumerable<string> UsesOfLaterFolders(SourceText file)
    {
        var order = Walls.Folders[file.Project];
        var own = Array.IndexOf(order, file.Folder);
        if (own < 0)
        {
            yield break;
        }

        var code = file.Code;
        foreach (var later in order[(own + 1)..])
        {
            // In full, or as the compiler also finds it from a neighbouring namespace.
            if (Regex.IsMatch(code, $@"\b{Regex.Escape(file.Project)}\.{later}\b|(?<![.\w]){later}\.[A-Z]"))
            {
                yield return $"uses {later}, which stands after {file.Folder}";
            }
        }
    }
}

using Parallax.TestKit;

namespace Parallax.Cli.Tests.House;

/// <summary>The text files of the repository, as the house tests read them.</summary>
internal static class Repository
{
    private static readonly string[] NotOurs = ["artifacts", "bin", "obj", "TestResults", ".git", ".vs", ".idea", "node_modules"];

    private static readonly string[] TextKinds =
    [
        ".cs", ".csproj", ".props", ".targets", ".slnx", ".json", ".md", ".txt", ".yml", ".yaml", ".sh", ".py", ".editorconfig",
        ".gitignore", ".gitattributes", "",
    ];

    public static IReadOnlyList<SourceText> Files { get; } = [.. FilesBelow(new DirectoryInfo(RealData.Root)).OrderBy(file => file.Path)];

    public static IEnumerable<SourceText> Sources => Files.Where(file => file.IsCSharp && file.Path.StartsWith("src/"));

    public static IEnumerable<SourceText> Projects => Files.Where(file => file.Path.EndsWith(".csproj"));

    /// <summary>Runs one rule over files and shows all that breaks it, one a line.</summary>
    public static void AssertAll(IEnumerable<SourceText> files, Func<SourceText, IEnumerable<string>> violations)
    {
        var examined = files.ToList();
        Assert.NotEmpty(examined);
        var found = examined.SelectMany(file => violations(file).Select(violation => $"{file.Path}: {violation}")).ToList();
        Assert.True(found.Count == 0, string.Join('\n', found));
    }

    private static IEnumerable<SourceText> FilesBelow(DirectoryInfo folder) =>
        folder.EnumerateFiles().Where(file => TextKinds.Contains(file.Extension)).Select(Read)
            .Concat(folder.EnumerateDirectories().Where(each => !NotOurs.Contains(each.Name)).SelectMany(FilesBelow));

    private static SourceText Read(FileInfo file) =>
        new(Path.GetRelativePath(RealData.Root, file.FullName).Replace('\\', '/'), File.ReadAllText(file.FullName));
}

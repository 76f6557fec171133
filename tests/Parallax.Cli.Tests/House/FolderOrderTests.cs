using System.Text.RegularExpressions;

namespace Parallax.Cli.Tests.House;

/// <summary>Inside a project a folder uses only the folders before it, so that a reader can begin at the first.</summary>
public class FolderOrderTests
{
    [Fact]
    public void Folders_UseOnlyThoseBeforeThem() => Repository.AssertAll(Repository.Sources, WrongUses);

    [Fact]
    public void Folders_AreAllInTheOrder() => Repository.AssertAll(Repository.Sources, file =>
        file.Folder.Length == 0 || Walls.Folders[file.Project].Contains(file.Folder)
            ? []
            : [$"the folder {file.Folder} is not in the order"]);

    [Fact]
    public void Namespaces_FollowTheFolders() => Repository.AssertAll(Repository.Sources, file =>
    {
        var expected = file.Folder.Length == 0 ? file.Project : $"{file.Project}.{file.Folder.Replace('/', '.')}";
        return file.Lines.Contains($"namespace {expected};") ? [] : [$"its namespace is not {expected}"];
    });

    [Theory]
    [InlineData("using Parallax.Wire.Flows;\nnamespace Parallax.Wire.Packets;\n")]
    [InlineData("namespace Parallax.Wire.Packets;\nclass A { Parallax.Wire.Http1.MessageHead? _head; }")]
    [InlineData("namespace Parallax.Wire.Packets;\nclass A { Http1.MessageHead? _head; }")]
    public void Folders_UseOfALaterOne_IsFound(string text) =>
        Assert.NotEmpty(WrongUses(new("src/Parallax.Wire/Packets/A.cs", text)));

    [Theory]
    [InlineData("using Parallax.Wire.Packets;\nnamespace Parallax.Wire.Flows;\n// Http1.MessageHead is built from it\n")]
    [InlineData("namespace Parallax.Wire.Flows;\nclass A { int N => this.Http1.Length; }\n")]
    public void Folders_UseOfAnEarlierOne_IsFine(string text) =>
        Assert.Empty(WrongUses(new("src/Parallax.Wire/Flows/A.cs", text)));

    [Theory]
    [InlineData("using Parallax.Proxy.Configuration.Loading;\n")]
    [InlineData("class A { Parallax.Proxy.Configuration.Loading.LoadOptions? _options; }")]
    [InlineData("class A { Configuration.Loading.LoadOptions? _options; }")]
    [InlineData("class A { Loading.LoadOptions? _options; }")]
    [InlineData("class A { Routing.Cluster? _cluster; }")]
    [InlineData("using Parallax.Proxy.Configuration.GatewayApi;\n")]
    public void NestedFolders_UseOfALaterOne_IsFound(string text) =>
        Assert.NotEmpty(WrongUses(new("src/Parallax.Proxy/Configuration/Istio/A.cs", text)));

    [Theory]
    [InlineData("using Parallax.Proxy.Configuration.Model;\nclass A { Reading.Hostnames? _a; Configuration.Clusters.HostReference? _b; }")]
    [InlineData("class A { int N => options.Loading.Count + this.Routing.Count; }")]
    public void NestedFolders_UseOfAnEarlierOne_IsFine(string text) =>
        Assert.Empty(WrongUses(new("src/Parallax.Proxy/Configuration/Istio/A.cs", text)));

    [Theory]
    [InlineData("using Parallax.Proxy.Configuration.Istio;\n")]
    [InlineData("class A { Istio.GatewayNames? _names; }")]
    public void Strangers_UseOfAnEarlierOne_IsFound(string text) =>
        Assert.NotEmpty(WrongUses(new("src/Parallax.Proxy/Configuration/GatewayApi/A.cs", text)));

    [Theory]
    [InlineData("src/Parallax.Wire/A.cs", "")]
    [InlineData("src/Parallax.Wire/Flows/A.cs", "Flows")]
    [InlineData("src/Parallax.Proxy/Configuration/Istio/A.cs", "Configuration/Istio")]
    public void Folder_OfAFile_IsItsWholePathInTheProject(string path, string folder) =>
        Assert.Equal(folder, new SourceText(path, "").Folder);

    private static IEnumerable<string> WrongUses(SourceText file)
    {
        var order = Walls.Folders[file.Project];
        var own = Array.IndexOf(order, file.Folder);
        if (own < 0)
        {
            return [];
        }

        var code = file.Code;
        var strangers = Walls.Strangers.GetValueOrDefault(file.Project, []).SelectMany(pair =>
            pair.One == file.Folder ? [pair.Other] : pair.Other == file.Folder ? new[] { pair.One } : []);
        return order[(own + 1)..].Where(later => Uses(code, file.Project, later))
            .Select(later => $"uses {later}, which stands after {file.Folder}")
            .Concat(strangers.Where(stranger => Uses(code, file.Project, stranger)).Select(stranger => $"uses {stranger}, a stranger"));
    }

    // In full, or as the compiler also finds it from a neighbouring namespace: of a nested one any number of the last names will do.
    private static bool Uses(string code, string project, string folder)
    {
        var names = folder.Split('/');
        var neighbours = names.Select((_, first) => $@"(?<![.\w]){string.Join(@"\.", names[first..])}\.[A-Z]");
        return Regex.IsMatch(code, $@"\b{Regex.Escape(project)}\.{string.Join(@"\.", names)}\b|{string.Join('|', neighbours)}");
    }
}

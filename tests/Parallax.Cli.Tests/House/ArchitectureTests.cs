using System.Xml.Linq;

namespace Parallax.Cli.Tests.House;

/// <summary>The walls between projects stand: references and packages are those of the house, no others.</summary>
public class ArchitectureTests
{
    [Fact]
    public void References_OfEverySourceProject_AreThoseOfTheWalls() =>
        Repository.AssertAll(Repository.Projects.Where(IsSource), WrongReferences);

    [Fact]
    public void SourceProjects_AndWalls_NameTheSame() =>
        Assert.Equal(Walls.References.Keys.Order(), Repository.Projects.Where(IsSource).Select(project => project.Project).Order());

    [Fact]
    public void Packages_OfEveryProject_AreAllowed() => Repository.AssertAll(Repository.Projects, WrongPackages);

    [Fact]
    public void TestProjects_ReferToTheirOwnProjectAndNotToEachOther() =>
        Repository.AssertAll(Repository.Projects.Where(IsTest), WrongTestReferences);

    [Fact]
    public void EveryProjectButTheBenchmarks_IsInTheSolution()
    {
        var solution = Repository.Files.Single(file => file.Path == "Parallax.slnx").Text;
        Repository.AssertAll(
            Repository.Projects.Where(project => !project.Path.StartsWith("bench/")),
            project => solution.Contains(project.Path) ? [] : ["is not in Parallax.slnx"]);
    }

    [Fact]
    public void EverySourceProject_HasItsListOfBannedSymbols()
    {
        var libraries = Walls.References.Keys.Where(project => project != "Parallax.Cli");
        Assert.Superset(
            libraries.Select(project => $"eng/BannedSymbols.{project}.txt").ToHashSet(),
            Repository.Files.Select(file => file.Path).ToHashSet());
    }

    // Without the package `dotnet test` runs nothing and exits 0.
    [Fact]
    public void EveryTestProject_HasTheTestSdk()
    {
        var shared = Repository.Files.Single(file => file.Path == "tests/Directory.Build.props");
        Assert.Contains("Microsoft.NET.Test.Sdk", Named(shared, "PackageReference"));
        Repository.AssertAll(Repository.Projects.Where(IsTest), project =>
            project.Path.Split('/') is ["tests", var name, var file] && file == $"{name}.csproj" && name.EndsWith(".Tests")
                ? []
                : ["is not where tests/Directory.Build.props makes it a test project"]);
    }

    [Theory]
    [InlineData("Parallax.Wire", "../Parallax.Reactor/Parallax.Reactor.csproj")]
    [InlineData("Parallax.Recording", "../Parallax.Wire/Parallax.Wire.csproj")]
    public void References_TooManyOrTooFew_AreFound(string project, string reference) =>
        Assert.NotEmpty(WrongReferences(Project(project, $"<ProjectReference Include='{reference}' />")));

    [Fact]
    public void Packages_NotAllowed_AreFound() =>
        Assert.NotEmpty(WrongPackages(Project("Parallax.Wire", "<PackageReference Include='System.CommandLine' />")));

    private static bool IsSource(SourceText project) => project.Path.StartsWith("src/");

    private static bool IsTest(SourceText project) =>
        project.Path.StartsWith("tests/") && project.Project != "Parallax.TestKit";

    private static SourceText Project(string name, string item) =>
        new($"src/{name}/{name}.csproj", $"<Project><ItemGroup>{item}</ItemGroup></Project>");

    private static IEnumerable<string> WrongReferences(SourceText project)
    {
        var expected = Walls.References[project.Project].Order().ToList();
        var actual = ReferredProjects(project).Order().ToList();
        return actual.SequenceEqual(expected)
            ? []
            : [$"refers to [{string.Join(", ", actual)}], the walls say [{string.Join(", ", expected)}]"];
    }

    private static IEnumerable<string> WrongPackages(SourceText project) =>
        Named(project, "PackageReference").Except(Walls.Packages.GetValueOrDefault(project.Project) ?? [])
            .Select(package => $"has the package {package}");

    private static IEnumerable<string> WrongTestReferences(SourceText project)
    {
        var own = project.Project[..^".Tests".Length];
        return ReferredProjects(project).Where(each => each != own && each != "Parallax.TestKit").Select(each => $"refers to {each}");
    }

    private static IEnumerable<string> ReferredProjects(SourceText project) =>
        Named(project, "ProjectReference").Select(path => Path.GetFileNameWithoutExtension(path.Replace('\\', '/')));

    private static IEnumerable<string> Named(SourceText project, string element) =>
        XDocument.Parse(project.Text).Descendants(element).Select(each => (string?)each.Attribute("Include") ?? "");
}

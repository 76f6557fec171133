using System.Diagnostics;
using System.Text.Json;
using Parallax.Cli.Tests.EndToEnd;
using Parallax.TestKit;

namespace Parallax.Cli.Tests.Deployment;

/// <summary>The bill of materials that eng/sbom writes.</summary>
public sealed class SbomTests
{
    private static readonly string[] Required = ["type", "bom-ref", "name", "version", "purl", "scope"];

    [Fact]
    public async Task Sbom_HasWhatTheSchemaWantsAndEveryReferenceLeadsSomewhere()
    {
        var bom = JsonDocument.Parse(await WriteAsync()).RootElement;
        Assert.Equal(("CycloneDX", "1.6", 1), (Text(bom, "bomFormat"), Text(bom, "specVersion"), bom.GetProperty("version").GetInt32()));
        var components = bom.GetProperty("components").EnumerateArray().ToList();
        Assert.All(components, component => Assert.All(Required, name => Assert.NotEqual("", Text(component, name))));
        var root = Text(bom.GetProperty("metadata").GetProperty("component"), "bom-ref");
        string[] known = [root, .. components.Select(component => Text(component, "bom-ref"))];
        Assert.Equal(known.Length, known.Distinct().Count());
        Assert.All(bom.GetProperty("dependencies").EnumerateArray(), each =>
        {
            Assert.Contains(Text(each, "ref"), known);
            Assert.All(each.GetProperty("dependsOn").EnumerateArray(), other => Assert.Contains(other.GetString(), known));
        });
    }

    [Fact]
    public async Task Sbom_ListsEveryPackageOfTheExecutable()
    {
        var file = Path.ChangeExtension(RunningParallax.Program, ".deps.json");
        var built = JsonDocument.Parse(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)).RootElement;
        var packages = built.GetProperty("libraries").EnumerateObject()
            .Where(library => Text(library.Value, "type") == "package").Select(library => $"pkg:nuget/{library.Name.Replace('/', '@')}");
        var listed = JsonDocument.Parse(await WriteAsync()).RootElement.GetProperty("components").EnumerateArray()
            .Where(component => Text(component, "scope") == "required").Select(component => Text(component, "purl"));
        Assert.Equal(packages.Order(StringComparer.Ordinal), listed.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Sbom_WrittenTwice_IsTheSame() => Assert.Equal(await WriteAsync(), await WriteAsync());

    private static async Task<string> WriteAsync()
    {
        using var python = Process.Start(new ProcessStartInfo(Needs.Python(), [Path.Combine(RealData.Root, "eng", "sbom")])
        {
            RedirectStandardOutput = true,
        })!;
        var text = await python.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await python.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, python.ExitCode);
        return text;
    }

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString() ?? "";
}

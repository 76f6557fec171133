using System.Text.Json;

namespace Parallax.Wire.Tests.Http1;

/// <summary>The table-driven suites beside the project; a test that needs one is visibly skipped where they are not.</summary>
internal static class SuiteFiles
{
    public static List<JsonElement> Read(string name)
    {
        var path = Path.Combine(Folder(), "suites", name);
        if (!File.Exists(path))
        {
            Assert.Skip($"{path} is not there; PARALLAX_REALDATA names the folder of the real data.");
        }

        return [.. File.ReadLines(path).Select(line => JsonDocument.Parse(line).RootElement)];
    }

    public static string? Text(this JsonElement element, string property) =>
        element.TryGetProperty(property, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static string Folder()
    {
        if (Environment.GetEnvironmentVariable("PARALLAX_REALDATA") is { Length: > 0 } folder)
        {
            return folder;
        }

        var at = new DirectoryInfo(AppContext.BaseDirectory);
        while (at is not null && !File.Exists(Path.Combine(at.FullName, "Parallax.slnx")))
        {
            at = at.Parent;
        }

        return Path.Combine(at?.FullName ?? "", "..", "shared", "data");
    }
}

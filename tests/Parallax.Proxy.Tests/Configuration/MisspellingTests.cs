using System.Text;
using Parallax.Documents;
using Parallax.TestKit;

namespace Parallax.Proxy.Tests.Configuration;

/// <summary>No key of a document may be misspelt without being told: each key of documents that use every field is renamed in
/// turn.</summary>
public class MisspellingTests
{
    // Below these every key is a name of the user's own.
    private static readonly string[] Free =
        ["labels", "annotations", "selector", "matchLabels", "headers", "withoutHeaders", "queryParams", "set", "add", "ports"];

    public static TheoryData<string, int, string> Keys
    {
        get
        {
            var keys = new TheoryData<string, int, string>();
            foreach (var file in Directory.EnumerateFiles(Folder, "every-field*.yaml").Order())
            {
                foreach (var (line, key) in KeysOf(File.ReadAllLines(file)))
                {
                    keys.Add(Path.GetFileName(file), line, key);
                }
            }

            return keys;
        }
    }

    private static string Folder => Path.Combine(RealData.Root, "testdata", "istio", "valid");

    [Fact]
    public void Documents_WithEveryField_AreValid() => Assert.All(
        Directory.EnumerateFiles(Folder, "every-field*.yaml"),
        file => Assert.DoesNotContain(Loading.Load(File.ReadAllText(file)).Findings, each => each.Severity == Severity.Error));

    [Theory]
    [MemberData(nameof(Keys), DisableDiscoveryEnumeration = true)]
    public void Load_KeyRenamed_IsAnErrorOnItsLine(string file, int line, string key)
    {
        var lines = File.ReadAllLines(Path.Combine(Folder, file));
        lines[line] = Renamed(lines[line], key);

        var errors = Loading.Load(string.Join('\n', lines)).Findings.Where(each => each.Severity == Severity.Error).ToList();

        Assert.Contains(errors, each => each.Position.Line == line + 1 || each.Code == "DOC006");
    }

    [Theory]
    [InlineData("mirrorPercentage", "mirrorPercentge")]
    [InlineData("mirrorPercentage", "mirror_percentage")]
    [InlineData("mirrorPercentage", "MirrorPercentage")]
    [InlineData("mirrors", "mirorrs")]
    public void Load_KeyMisspelt_SaysWhichWasMeant(string meant, string written)
    {
        var loaded = Loading.Load($"""
            apiVersion: networking.istio.io/v1
            kind: VirtualService
            metadata: {Braces("name: a")}
            spec:
              hosts: [a]
              http:
              - route: [{Braces("destination: {host: a}")}]
                {written}: 1
            """);

        Assert.Contains(
            loaded.Findings, each => each is { Code: "FLD101", Position.Line: 8 } && each.Remedy == $"did you mean \"{meant}\"?");
    }

    private static string Braces(string text) => "{" + text + "}";

    private static string Renamed(string line, string key)
    {
        var at = line.IndexOf(key + ":", StringComparison.Ordinal);
        return new StringBuilder(line).Insert(at + (key.Length / 2), 'q').ToString();
    }

    private static IEnumerable<(int Line, string Key)> KeysOf(string[] lines)
    {
        var free = new Stack<int>();
        foreach (var (index, line) in lines.Index())
        {
            var text = line.TrimStart(' ', '-');
            var indent = line.Length - text.Length;
            while (free.TryPeek(out var outer) && indent <= outer)
            {
                free.Pop();
            }

            var colon = text.IndexOf(':', StringComparison.Ordinal);
            var key = colon > 0 && !text.StartsWith('#') && (colon == text.Length - 1 || text[colon + 1] == ' ') ? text[..colon] : "";
            if (key.Length > 0 && free.Count == 0)
            {
                yield return (index, key);
            }

            // A list is not a mapping of free names: `headers: - name: x`.
            if (Free.Contains(key) && index + 1 < lines.Length && !lines[index + 1].TrimStart().StartsWith('-')
                && !(key == "headers" && lines[index + 1].TrimStart() is "request:" or "response:"))
            {
                free.Push(indent);
            }
        }
    }
}

using Parallax.Documents;
using Parallax.Proxy.Configuration.Loading;
using Parallax.TestKit;

namespace Parallax.Proxy.Tests.Configuration;

/// <summary>Documents that are wrong; the first line of each says which errors are expected, on which lines.</summary>
public class InvalidDocumentsTests
{
    private const string Title = "# findings: ";

    public static TheoryData<string> Files =>
        [.. Directory.EnumerateFiles(Path.Combine(RealData.Root, "testdata", "istio", "invalid"), "*.yaml").Order().Select(
            file => Path.GetFileName(file)!)];

    [Theory]
    [MemberData(nameof(Files))]
    public void Load_InvalidDocument_HasTheErrorsItNames(string file)
    {
        var path = Path.Combine(RealData.Root, "testdata", "istio", "invalid", file);

        var loaded = ConfigurationLoader.Load([path], Loading.Resolving("shop=127.0.0.1:1,version=v1", "shadow=127.0.0.1:2"));

        Assert.Equal(
            File.ReadLines(path).First()[Title.Length..],
            string.Join(
                ' ', loaded.Findings.Where(each => each.Severity == Severity.Error).Select(each => $"{each.Code}:{each.Position.Line}")));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Load_InvalidDocument_SaysWhatWouldBeRight(string file) => Assert.All(
        ConfigurationLoader.Load([Path.Combine(RealData.Root, "testdata", "istio", "invalid", file)], new()).Findings
            .Where(each => each.Code is "FLD101" or "RUL203"),
        each => Assert.NotEmpty(each.Remedy));
}

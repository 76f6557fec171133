using System.Text.RegularExpressions;
using Parallax.Cli.Tests.House;

namespace Parallax.Cli.Tests.Documentation;

/// <summary>docs/configuration.md against the codes of findings in the source.</summary>
public partial class FindingCodesTests
{
    [Fact]
    public void Page_EveryCodeOfTheSource_HasItsRowAndNoOther()
    {
        var page = Repository.Files.Single(file => file.Path == "docs/configuration.md").Text;

        Assert.Equal(
            Repository.Sources.SelectMany(file => Quoted().Matches(file.Text)).Select(match => match.Groups[1].Value).Distinct().Order(),
            Row().Matches(page).Select(match => match.Groups[1].Value).Order());
    }

    [GeneratedRegex("\"((?:DOC|FLD|RUL|REF)[0-9]{3})\"")]
    private static partial Regex Quoted();

    [GeneratedRegex("^\\| `([A-Z]{3}[0-9]{3})` \\|", RegexOptions.Multiline)]
    private static partial Regex Row();
}

using Parallax.Shadows.Replay;

namespace Parallax.Shadows.Tests.Replay;

public sealed class StateRulesFileTests : IDisposable
{
    private readonly string _file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".yaml");

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void Load_EveryField_IsRead()
    {
        File.WriteAllText(_file, """
            - name: cart
              endpoint: ^/carts
              json: /cart/ref
              match: '([0-9]+)'
              in: [query, body]
            - {name: theme, cookie: theme, ignore: true}
            - {name: link, header: Link}
            - {name: text, body: 'ref (\w+)'}
            """);
        Assert.Empty(StateRulesFile.Load(_file, out var rules));
        Assert.Equal(
            [StateSource.Json, StateSource.Cookie, StateSource.Header, StateSource.Body], rules.Select(rule => rule.Source));
        Assert.Equal(["/cart/ref", "theme", "Link", ""], rules.Select(rule => rule.Key));
        Assert.Equal(["([0-9]+)", null, null, "ref (\\w+)"], rules.Select(rule => rule.Pattern?.ToString()));
        Assert.Equal([false, true, false, false], rules.Select(rule => rule.IsIgnored));
        Assert.Equal([SubstitutionPlace.Query, SubstitutionPlace.Body], rules[0].Places);
        Assert.Equal("^/carts", rules[0].Endpoint!.ToString());
    }

    [Theory]
    [InlineData("- {header: A}", "[0].name is missing")]
    [InlineData("- {name: a}", "needs exactly one of header, cookie, json and body")]
    [InlineData("- {name: a, header: A, cookie: b}", "needs exactly one of")]
    [InlineData("- {name: a, header: A, macht: x}", "macht is not a field")]
    [InlineData("- {name: a, json: cart.ref}", "no JSON Pointer")]
    [InlineData("- {name: a, header: A, in: [url]}", "names \"url\"")]
    [InlineData("- {name: a, header: A, match: '('}", "not a regular expression")]
    [InlineData("name: a", "must be a list of rules")]
    public void Load_WrongRule_SaysWhere(string text, string said)
    {
        File.WriteAllText(_file, text);
        Assert.Contains(StateRulesFile.Load(_file, out var rules), finding => finding.ToString().Contains(said, StringComparison.Ordinal));
        Assert.Empty(rules);
    }

    [Fact]
    public void Load_NoSuchFile_SaysSo() => Assert.Contains("cannot be read", StateRulesFile.Load("/no/such.yaml", out _)[0].ToString());
}

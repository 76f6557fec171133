using System.Text;
using Parallax.Fuzz.Engine;
using Parallax.Traffic.Rewriting;

namespace Parallax.Fuzz.Targets;

/// <summary>Expressions, path rewrites and header values as people write them: whatever is wrong is an error that says so.</summary>
internal static class RulesTarget
{
    private static readonly string Path = "/v1/users/42/" + new string('a', 200);

    public static FuzzTarget Make() => new()
    {
        Name = "rules",
        Seeds =
        [
            .. ((string[])
            [
                "^/v1/(users|carts)/([0-9]+)$", "/v1/=/v2/", "^/a\\=b=/$1", "(?i:a|b)+?[[:alpha:]]\\x{41}\\Qa.b\\E", "(?P<n>a)\\pL\\D",
                "%REQ(X-A?:path):10% and %%", "%DOWNSTREAM_REMOTE_ADDRESS%", "%START_TIME(%s)%", "%RESP(server)%", "(a{1,9}){1,9}",
            ]).Select(Encoding.UTF8.GetBytes),
        ],
        Words =
        [
            "(?P<", ">", "[[:", ":]]", "\\Q", "\\E", "\\p{", "\\x{", "{1000}", "{1,", "(?i)", "(?=", "\\1", "[^", "]", "|", "*", "+?",
            "%REQ(", ")%", "%", "?:", ":99999999999%", "=", "\\=", "\\C", "\\z", "^", "$",
        ],
        MaxInputBytes = 256,
        MaxAllocated = 512 << 20,
        Run = Run,
        MaxTime = TimeSpan.FromSeconds(5),
    };

    private static void Run(byte[] input, Outcome outcome)
    {
        var text = Encoding.UTF8.GetString(input);
        foreach (var whole in Enum.GetValues<Re2Expression.Whole>())
        {
            var isGood = Re2Expression.TryCompile(text, whole, out var expression, out var error);
            Require.That(isGood || error is { Length: > 0 }, "an error that says nothing");
            outcome.Add(isGood ? 1 : error!.Length);
            _ = expression?.IsMatch(Path);
        }

        outcome.Add(PathRewrite.TryParse(text, out _, out var why) ? 1 : why.Length);
        outcome.Add(PathRewrite.TryRegex("/v1/(.*)", text, out _, out _) ? 1 : 0);
        foreach (var isResponse in (bool[])[false, true])
        {
            var isGood = ValueTemplate.TryParse(text, isResponse, out var template, out var wrong, out _);
            Require.That(isGood || wrong is { Length: > 0 }, "an error that says nothing");
            outcome.Add(template?.Parts.Count ?? 100);
        }
    }
}

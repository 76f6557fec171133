using Parallax.Shadows.Clients;

namespace Parallax.Shadows.Tests.Clients;

public sealed class FailureReasonsTests
{
    [Fact]
    public void NameOf_EveryReason_IsTheEnumNameInKebabCase()
    {
        Assert.Equal(Enum.GetValues<FailureReason>().Length, FailureReasons.Count);
        Assert.All(Enum.GetValues<FailureReason>(), reason => Assert.Equal(Kebab(reason.ToString()), FailureReasons.NameOf(reason)));
    }

    private static string Kebab(string name) => string.Concat(
        name.Select((letter, at) => (at > 0 && char.IsUpper(letter) ? "-" : "") + char.ToLowerInvariant(letter)));
}

using Parallax.Traffic.Queues;

namespace Parallax.Traffic.Tests.Queues;

public sealed class CountersTests
{
    [Fact]
    public void NameOf_EveryReason_IsTheEnumNameInKebabCase()
    {
        Assert.Equal(Enum.GetValues<DropReason>().Length, DropReasons.Count);
        Assert.All(Enum.GetValues<DropReason>(), reason => Assert.Equal(Kebab(reason.ToString()), DropReasons.NameOf(reason)));
    }

    [Fact]
    public void Count_SeveralReasons_AreKeptApart()
    {
        var drops = new DropCounters();
        drops.Count(DropReason.None);
        drops.Count(DropReason.RateLimit);
        drops.Count(DropReason.Shutdown, 4);
        Assert.Equal(5, drops.Total);
        Assert.Equal(1, drops[DropReason.RateLimit]);
        Assert.Equal(4, drops.ToArray()[(int)DropReason.Shutdown]);
    }

    private static string Kebab(string name) => string.Concat(
        name.Select((letter, at) => (at > 0 && char.IsUpper(letter) ? "-" : "") + char.ToLowerInvariant(letter)));
}

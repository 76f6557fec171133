using System.Text;
using Parallax.Shadows.Replay;

namespace Parallax.Shadows.Tests.Replay;

public sealed class StateMapTests
{
    [Fact]
    public void Set_TooManyValues_ForgetsTheOldest()
    {
        var map = new StateMap(maxValues: 2, maxBytes: int.MaxValue);
        map.Set("one", "1", rule: null);
        map.Set("two", "2", rule: null);
        map.Set("three", "3", rule: null);
        Assert.Equal(["", "2", "3"], [Found(map, "one"), Found(map, "two"), Found(map, "three")]);
    }

    [Fact]
    public void Set_TooMuchMemory_ForgetsTheOldest_ButNeverTheLast()
    {
        var map = new StateMap(maxValues: 1000, maxBytes: 4000);
        map.Set("short", "s", rule: null);
        map.Set(new string('x', 1000), "x", rule: null);
        Assert.Equal("", Found(map, "short"));
        Assert.Equal("x", Found(map, new string('x', 1000)));
        map.Set(new string('y', 10_000), "y", rule: null);
        Assert.Equal(("", "y"), (Found(map, new string('x', 1000)), Found(map, new string('y', 10_000))));
        map.Set("a", "b", rule: null);
        map.Set("c", "d", rule: null);
        Assert.Equal(("", "b", "d"), (Found(map, new string('y', 10_000)), Found(map, "a"), Found(map, "c")));
    }

    private static string Found(StateMap map, string text)
    {
        var found = new List<StateMap.Spelling>();
        map.FindAt(Encoding.UTF8.GetBytes(text), found);
        return string.Concat(found.Select(spelling => Encoding.UTF8.GetString(spelling.Issued)));
    }
}

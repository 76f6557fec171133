using Parallax.Traffic.Contents;

namespace Parallax.Traffic.Tests.Contents;

public sealed class Crc32Tests
{
    [Fact]
    public void Add_CheckValue_IsThatOfTheStandard() => Assert.Equal(0xCBF4_3926u, Crc32.Add(0, "123456789"u8));
}

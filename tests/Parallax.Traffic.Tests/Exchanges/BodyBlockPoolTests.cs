using Parallax.Traffic.Exchanges;

namespace Parallax.Traffic.Tests.Exchanges;

public sealed class BodyBlockPoolTests
{
    private readonly BodyBlockPool _pool = new();

    [Theory]
    [InlineData(2_049, 4_096)]
    [InlineData(4_097, 8_192)]
    [InlineData(65_536, 65_536)]
    public void Take_IsTheNextPowerOfTwo_AndABlockKeptIsTheNextOne(int wanted, int length)
    {
        var block = _pool.Take(wanted);
        Assert.Equal(length, block.Length);
        _pool.Keep(block);
        Assert.Same(block, _pool.Take(wanted));
        Assert.NotSame(block, _pool.Take(wanted));
    }

    [Fact]
    public void Keep_ForgetsWhatIsTooMuch()
    {
        var kept = Enumerable.Range(0, 300).Select(_ => _pool.Take(BodyBlockPool.MaxBytes)).ToList();
        kept.ForEach(_pool.Keep);
        var again = Enumerable.Range(0, 300).Select(_ => _pool.Take(BodyBlockPool.MaxBytes)).Count(kept.Contains);
        Assert.Equal((16 << 20) / BodyBlockPool.MaxBytes, again);
    }

    [Theory]
    [InlineData(2_048, false)]
    [InlineData(2_049, true)]
    [InlineData(65_536, true)]
    [InlineData(65_537, false)]
    public void Holds_SizesOfBodies(int bytes, bool holds) => Assert.Equal(holds, BodyBlockPool.Holds(bytes));
}

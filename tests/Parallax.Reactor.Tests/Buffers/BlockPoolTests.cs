using Parallax.Reactor.Buffers;

namespace Parallax.Reactor.Tests.Buffers;

public sealed class BlockPoolTests
{
    private readonly List<Exception> _faults = [];
    private readonly BlockPool _pool;

    public BlockPoolTests() => _pool = new BlockPool(_faults.Add);

    [Fact]
    public void Return_Twice_Throws()
    {
        var block = _pool.Rent();
        _pool.Return(block);
        Assert.Throws<InvalidOperationException>(() => _pool.Return(block));
        Assert.Equal(0, _pool.Outstanding);
    }

    [Fact]
    public void Rent_AfterReturn_GivesTheSameBlockEmpty()
    {
        var block = _pool.Rent();
        block.Append("abc"u8);
        _pool.Return(block);
        var again = _pool.Rent();
        Assert.Same(block, again);
        Assert.Equal(0, again.Length);
        Assert.Equal(1, _pool.Outstanding);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100_000)]
    public void IsShort_WhileMoreIsOutThanMayBe_ButNotForBorrowedOctets(int bytes)
    {
        _pool.MaxBytes = 1000;
        var borrowed = _pool.Borrow(new byte[5000], owner: null);
        Assert.False(_pool.IsShort);
        var block = _pool.Rent(bytes);
        Assert.True(_pool.IsShort);
        _pool.Return(block);
        _pool.Return(borrowed);
        Assert.Equal((false, 0), (_pool.IsShort, _pool.OutstandingBytes));
    }

    [Fact]
    public void Rent_LargerThanABlock_HasTheRoom()
    {
        var block = _pool.Rent(100_000);
        Assert.Equal(100_000, block.Append(new byte[100_000]));
        _pool.Return(block);
        Assert.Equal(0, _pool.Outstanding);
    }

    [Fact]
    public void Borrow_OwnerThrows_IsReportedAndTheBlockIsBack()
    {
        var block = _pool.Borrow("abc"u8.ToArray(), new ThrowingOwner());
        Assert.Equal("abc"u8, block.Span);
        _pool.Return(block);
        Assert.Equal(0, _pool.Outstanding);
        Assert.Single(_faults);
    }

    [Fact]
    public void Return_Poisoned_OverwritesTheOctets()
    {
        _pool.Poison = true;
        var block = _pool.Rent();
        block.Append("abc"u8);
        _pool.Return(block);
        Assert.Equal([0xDB, 0xDB, 0xDB], block.Storage[..3]);
    }

    private sealed class ThrowingOwner : IDisposable
    {
        public void Dispose() => throw new InvalidOperationException("owner");
    }
}

using Parallax.Wire.Packets;

namespace Parallax.Wire.Tests.Packets;

public sealed class PacketDecoderOptionsTests
{
    [Theory]
    [InlineData(0)]
    [InlineData((1 << 20) + 1)]
    public void MaxFragmentedDatagrams_OutOfRange_IsRefused(int value) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new PacketDecoderOptions { MaxFragmentedDatagrams = value });

    [Theory]
    [InlineData((128 << 10) - 1)]
    [InlineData((1 << 30) + 1)]
    public void MaxFragmentBytes_OutOfRange_IsRefused(int value) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new PacketDecoderOptions { MaxFragmentBytes = value });
}

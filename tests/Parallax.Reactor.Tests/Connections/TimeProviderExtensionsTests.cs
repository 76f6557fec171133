using Parallax.Reactor.Connections;

namespace Parallax.Reactor.Tests.Connections;

public sealed class TimeProviderExtensionsTests
{
    [Theory]
    [InlineData(1_000_000_000, 1_234_567, 1_234_567)]
    [InlineData(10_000_000, 1_234_567, 123_456_700)]
    [InlineData(1000, 3_000_000_000, 3_000_000_000_000_000)]
    public void GetNanoseconds_WhateverTheFrequency_IsInNanoseconds(long frequency, long timestamp, long nanoseconds) =>
        Assert.Equal(nanoseconds, new Standing(frequency, timestamp).GetNanoseconds());

    private sealed class Standing(long frequency, long timestamp) : TimeProvider
    {
        public override long TimestampFrequency => frequency;

        public override long GetTimestamp() => timestamp;
    }
}

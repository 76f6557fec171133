using Parallax.Runs.Limits;

namespace Parallax.Runs.Tests.Limits;

public sealed class ResourceSharesTests
{
    private const long Mebibyte = 1 << 20;

    [Theory]
    [InlineData(256, 1)]
    [InlineData(256, 2)]
    [InlineData(1024, 4)]
    [InlineData(1 << 20, 64)]
    public void LimitsFor_Descriptors_AddUpToLessThanThereAre(int descriptors, int loops)
    {
        const int open = 80;
        var limits = new ResourceShares(descriptors - open, descriptors, 64L << 30).LimitsFor(loops, listeners: 2);

        Assert.InRange(open + limits.MaxSockets + limits.MaxShadowConnections + (loops * 4), 0, descriptors - 64);
        Assert.InRange(limits.MaxConnections, 8, limits.MaxSockets * 2 / 3);
        Assert.InRange(limits.MaxUploads, 1, limits.MaxSockets - limits.MaxConnections - 1);
    }

    [Theory]
    [InlineData(64)]
    [InlineData(192)]
    [InlineData(1536)]
    public void LimitsFor_Memory_AddsUpToLessThanTheHeap(long mebibytes)
    {
        var shares = new ResourceShares(1 << 20, 1 << 20, mebibytes * Mebibyte);
        var limits = shares.LimitsFor(loops: 2, listeners: 1);

        var connections = limits.MaxConnections * 24L * 1024;
        var sum = shares.CopyBytes + limits.MaxClientBytes + connections + MemoryShares.RecordedBytesOf(shares.HeapBytes);
        Assert.InRange(sum, mebibytes * Mebibyte / 2, mebibytes * Mebibyte * 3 / 4);
    }

    [Theory]
    [InlineData(96)]
    [InlineData(192)]
    [InlineData(1 << 20)]
    public void WhatACaptureHolds_IsLessThanTheHeap(long mebibytes)
    {
        var heap = mebibytes * Mebibyte;
        var messages = MemoryShares.MessageBytesOf(heap);
        var sum = messages + (messages / 4) + MemoryShares.WaitingBytesOf(heap) + (MemoryShares.FlowsOf(heap) * 1024L);

        Assert.InRange(sum, 1, heap / 2);
        Assert.InRange(MemoryShares.KeptBodyBytesOf(messages), 1, Math.Min(64 * Mebibyte, messages / 4));
    }

    [Theory]
    [InlineData(192, 24, 3)]
    [InlineData(1024, 128, 16)]
    [InlineData(1 << 20, 256, 16)]
    public void Recording_HasAnEighthOfTheHeap_AndBodiesAnEighthOfThat(long heap, long recorded, long body)
    {
        Assert.Equal(recorded * Mebibyte, MemoryShares.RecordedBytesOf(heap * Mebibyte));
        Assert.Equal(body * Mebibyte, MemoryShares.BodyBytesOf(recorded * Mebibyte));
    }

    [Theory]
    [InlineData("Max open files            256                  1024                 files", 256)]
    [InlineData("Max open files            unlimited            unlimited            files", 1 << 24)]
    [InlineData("Max processes             256                  1024                 processes", 1 << 24)]
    [InlineData("Max open files", 1 << 24)]
    public void LimitIn_LinesOfTheSystem_IsTheSoftLimit(string line, int expected) =>
        Assert.Equal(expected, Descriptors.LimitIn(["Limit  Soft Limit  Hard Limit  Units", line]));
}

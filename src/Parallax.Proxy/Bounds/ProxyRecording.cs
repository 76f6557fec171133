using Parallax.Recording.Files;
using Parallax.Shadows.Delivery;
using Parallax.Traffic.Exchanges;

namespace Parallax.Proxy.Bounds;

/// <summary>Where a proxy records its exchanges, and how much of each.</summary>
/// <param name="recorder">Takes them; the caller's.</param>
/// <param name="maxBytes">Memory for what is in flight or waits for the disk, in bytes. What finds none is dropped as
/// <see cref="Parallax.Traffic.Queues.DropReason.QueueBytes"/>, or truncated when it had begun.</param>
/// <param name="maxBodyBytes">The largest body recorded, framing included; a longer one is truncated.</param>
/// <param name="clock">For the times of messages.</param>
/// <remarks>Thread safety: all loops share it.</remarks>
public sealed class ProxyRecording(Recorder recorder, long maxBytes, long maxBodyBytes, TimeProvider clock)
{
    /// <summary>Takes the exchanges.</summary>
    public Recorder Recorder { get; } = recorder;

    /// <summary>Has exchanges recorded with what shadows of their requests answer; null, the default, to record them without.</summary>
    public AwaitedShadows? Shadows { get; init; }

    /// <summary>Lends the memory.</summary>
    internal OctetPool Pool { get; } = new(maxBytes);

    /// <summary>The largest body recorded.</summary>
    internal long MaxBodyBytes { get; } = maxBodyBytes;

    /// <summary>Memory held now, in bytes.</summary>
    public long HeldBytes => Pool.RentedBytes;

    /// <summary>What is to be added to a loop's time to make Unix nanoseconds of it.</summary>
    internal long UnixMinus(long loopNow) => ((clock.GetUtcNow().Ticks - DateTime.UnixEpoch.Ticks) * TimeSpan.NanosecondsPerTick) - loopNow;
}

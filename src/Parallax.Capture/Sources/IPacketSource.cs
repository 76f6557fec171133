namespace Parallax.Capture.Sources;

/// <summary>Delivers packets: a socket, an interface, a file.</summary>
/// <remarks>Thread safety: one run at a time, on the caller's thread. <see cref="Losses"/> may be read at any time.</remarks>
public interface IPacketSource : IDisposable
{
    /// <summary>What the source is, for people: "vxlan 0.0.0.0:4789".</summary>
    string Name { get; }

    /// <summary>What the source and the kernel below it lost or could not use.</summary>
    SourceLosses Losses { get; }

    /// <summary>What is wrong with it, a line each for people. Complete when the run is over.</summary>
    IReadOnlyList<string> Problems => [];

    /// <summary>Delivers packets in the order they were captured, until the source ends or is cancelled.</summary>
    /// <param name="sink">Called for one packet at a time. It must not block.</param>
    /// <param name="cancellationToken">Stops the capture within a tenth of a second; packets the kernel already holds are read first
    /// where the source can tell that they came before.</param>
    /// <exception cref="CaptureException">The source failed; <see cref="CaptureException.Fault"/> says how.</exception>
    void Run(PacketSink sink, CancellationToken cancellationToken);
}

/// <summary>What never reached the sink.</summary>
/// <param name="Kernel">Packets the kernel (or the capture card) had no room for: loss, not a drop of ours.</param>
/// <param name="Torn">Capture files that break off, are damaged or are empty.</param>
public readonly record struct SourceLosses(long Kernel, long Torn)
{
    /// <summary>Octets of those files that were not read, as far as they tell.</summary>
    public long LeftOutOctets { get; init; }

    /// <summary>Datagrams of senders that are not let in.</summary>
    public long OtherSenders { get; init; }

    /// <summary>Both together.</summary>
    public static SourceLosses operator +(SourceLosses one, SourceLosses other) =>
        new(one.Kernel + other.Kernel, one.Torn + other.Torn)
        {
            LeftOutOctets = one.LeftOutOctets + other.LeftOutOctets,
            OtherSenders = one.OtherSenders + other.OtherSenders,
        };
}

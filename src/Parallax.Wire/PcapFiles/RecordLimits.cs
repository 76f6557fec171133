namespace Parallax.Wire.PcapFiles;

/// <summary>What a file may claim of its parts.</summary>
internal static class RecordLimits
{
    /// <summary>The largest record (pcap) or block (pcapng), in bytes: 16 MiB.</summary>
    public const int MaxBytes = 16 << 20;
}

namespace Parallax.Wire.PcapFiles;

/// <summary>What a reader of capture files made of the octets it was given.</summary>
public enum ReadStatus
{
    /// <summary>A packet was read.</summary>
    Packet,

    /// <summary>The next record is not all here. At the end of the file: nothing is left over, or the last record is torn.</summary>
    NeedMore,

    /// <summary>The file is broken from here on, or is not a capture file; the reader stays in this state.</summary>
    Malformed,
}

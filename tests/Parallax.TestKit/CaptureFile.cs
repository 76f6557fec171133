using System.Buffers;
using Parallax.Wire.Packets;
using Parallax.Wire.PcapFiles;

namespace Parallax.TestKit;

/// <summary>A pcap file for one test.</summary>
public sealed class CaptureFile : IDisposable
{
    public CaptureFile(params IEnumerable<ScriptedSegment> segments)
        : this(segments, Encode.Ethernet)
    {
    }

    /// <summary>A file of segments, each encoded as a frame by <paramref name="encode"/>.</summary>
    public CaptureFile(IEnumerable<ScriptedSegment> segments, Func<ScriptedSegment, byte[]> encode)
    {
        Path = System.IO.Path.GetTempFileName();
        using var file = File.Create(Path);
        file.Write(Octets(segments, encode));
    }

    public string Path { get; }

    /// <summary>The octets of such a file.</summary>
    public static ReadOnlySpan<byte> Octets(IEnumerable<ScriptedSegment> segments, Func<ScriptedSegment, byte[]> encode)
    {
        var octets = new ArrayBufferWriter<byte>(1 << 16);
        PcapWriter.WriteFileHeader(octets, LinkType.Ethernet);
        foreach (var segment in segments)
        {
            var frame = encode(segment);
            PcapWriter.WritePacket(octets, segment.Time, frame, frame.Length);
        }

        return octets.WrittenSpan;
    }

    public void Dispose() => File.Delete(Path);
}

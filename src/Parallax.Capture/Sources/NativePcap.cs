using System.Runtime.InteropServices;

namespace Parallax.Capture.Sources;

/// <summary>The functions of libpcap 1.x that live capture needs (pcap(3PCAP)).</summary>
internal static partial class NativePcap
{
    public const int ErrorBufferBytes = 256;
    public const int Success = 0;
    public const int NoSuchDevice = -5;
    public const int NoPermission = -8;
    public const int InterfaceNotUp = -9;
    public const int PromiscuousNotAllowed = -11;
    public const int NanosecondPrecision = 1;
    public const uint NetmaskUnknown = 0xFFFF_FFFF;

    private const string Library = "libpcap.so.0.8";

    [LibraryImport(Library, EntryPoint = "pcap_create", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint Create(string device, Span<byte> errorBuffer);

    [LibraryImport(Library, EntryPoint = "pcap_set_snaplen")]
    public static partial int SetSnapLength(nint capture, int octets);

    [LibraryImport(Library, EntryPoint = "pcap_set_promisc")]
    public static partial int SetPromiscuous(nint capture, int on);

    [LibraryImport(Library, EntryPoint = "pcap_set_timeout")]
    public static partial int SetTimeout(nint capture, int milliseconds);

    [LibraryImport(Library, EntryPoint = "pcap_set_buffer_size")]
    public static partial int SetBufferSize(nint capture, int bytes);

    [LibraryImport(Library, EntryPoint = "pcap_set_tstamp_precision")]
    public static partial int SetTimestampPrecision(nint capture, int precision);

    [LibraryImport(Library, EntryPoint = "pcap_get_tstamp_precision")]
    public static partial int GetTimestampPrecision(nint capture);

    [LibraryImport(Library, EntryPoint = "pcap_activate")]
    public static partial int Activate(nint capture);

    [LibraryImport(Library, EntryPoint = "pcap_geterr")]
    public static partial nint Error(nint capture);

    [LibraryImport(Library, EntryPoint = "pcap_statustostr")]
    public static partial nint StatusText(int status);

    [LibraryImport(Library, EntryPoint = "pcap_compile", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Compile(nint capture, ref FilterProgram program, string expression, int optimise, uint netmask);

    [LibraryImport(Library, EntryPoint = "pcap_setfilter")]
    public static partial int SetFilter(nint capture, ref FilterProgram program);

    [LibraryImport(Library, EntryPoint = "pcap_freecode")]
    public static partial void FreeFilter(ref FilterProgram program);

    [LibraryImport(Library, EntryPoint = "pcap_datalink")]
    public static partial int LinkType(nint capture);

    [LibraryImport(Library, EntryPoint = "pcap_setnonblock")]
    public static partial int SetNonBlocking(nint capture, int on, Span<byte> errorBuffer);

    [LibraryImport(Library, EntryPoint = "pcap_get_selectable_fd")]
    public static partial int SelectableDescriptor(nint capture);

    [LibraryImport(Library, EntryPoint = "pcap_next_ex")]
    public static partial int Next(nint capture, out nint header, out nint octets);

    [LibraryImport(Library, EntryPoint = "pcap_stats")]
    public static partial int Statistics(nint capture, out CaptureStatistics statistics);

    [LibraryImport(Library, EntryPoint = "pcap_close")]
    public static partial void Close(nint capture);

    /// <summary>struct bpf_program.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct FilterProgram
    {
        public uint Length;
        public nint Instructions;
    }

    /// <summary>struct pcap_stat.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct CaptureStatistics
    {
        public uint Received;
        public uint Dropped;
        public uint DroppedByInterface;
    }

    /// <summary>struct pcap_pkthdr on 64-bit systems; the fraction is in nanoseconds when that precision was set.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct PacketHeader
    {
        public long Seconds;
        public long Fraction;
        public uint CapturedLength;
        public uint OriginalLength;
    }
}

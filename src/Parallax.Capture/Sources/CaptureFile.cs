using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Parallax.Traffic.Contents;
using Parallax.Wire;
using Parallax.Wire.Packets;
using Parallax.Wire.PcapFiles;

namespace Parallax.Capture.Sources;

/// <summary>One capture file that is being read: one packet at a time, plain or gzip, from a file or a pipe.</summary>
/// <remarks>Memory: one buffer that grows to the largest record. Thread safety: one thread; <see cref="ReadOctets"/> may be read by any.
/// </remarks>
internal sealed class CaptureFile : IDisposable
{
    private const int BatchPackets = 256;

    private readonly string _path;
    private readonly FileStream _stream;
    private readonly CaptureFileReader _reader = new();
    private byte[] _buffer;
    private CheckedGzipStream? _gzip;
    private bool _hasBegun;
    private bool _recognised;
    private int _start;
    private int _end;
    private int _packetStart;
    private int _packetLength;
    private int _sinceBatchEnd;

    private CaptureFile(string path, FileStream stream, int bufferBytes)
    {
        _path = path;
        _stream = stream;
        _buffer = new byte[bufferBytes];
    }

    /// <summary>What people call it.</summary>
    public string Name => NameOf(_path);

    /// <summary>True when it can be opened again: it is not a pipe.</summary>
    public bool IsSeekable => _stream.CanSeek;

    /// <summary>Octets of the file; 0 when it is a pipe, whose length nobody knows.</summary>
    public long Length => IsSeekable ? _stream.Length : 0;

    /// <summary>Octets read so far, compressed ones when it is compressed.</summary>
    public long ReadOctets { get; private set; }

    /// <summary>The packet; valid until the next call of <see cref="TryAdvance"/>.</summary>
    public ReadOnlySpan<byte> Octets => _buffer.AsSpan(_packetStart, _packetLength);

    public LinkType Link { get; private set; }

    public int OriginalLength { get; private set; }

    /// <summary>When it was captured; not known in some files.</summary>
    public Timestamp Time { get; private set; }

    /// <summary>The latest time known, to merge by.</summary>
    public Timestamp Place { get; private set; }

    /// <summary>What is wrong with the file, for people, without its name; null while nothing is.</summary>
    public string? Problem { get; private set; }

    /// <summary>Octets of it that were not read because of that, as far as it tells; compressed ones when it is compressed.</summary>
    public long LeftOutOctets { get; private set; }

    public static string NameOf(string path) => path == "-" ? "standard input" : path;

    /// <summary>Opens <paramref name="path"/>; "-" is standard input.</summary>
    /// <exception cref="CaptureException">The file cannot be read.</exception>
    public static CaptureFile Open(string path, int bufferBytes)
    {
        try
        {
            var stream = path == "-"
                ? new FileStream(new Microsoft.Win32.SafeHandles.SafeFileHandle(0, false), FileAccess.Read, 1)
                : new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1);
            return new(path, stream, bufferBytes);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException)
        {
            var why = fault is FileNotFoundException or DirectoryNotFoundException ? "no such file"
                : Directory.Exists(path) ? "is a folder, not a capture file"
                : fault is IOException ? $"cannot be opened: {fault.Message}"
                : "may not be read";
            throw new CaptureException(CaptureFault.UnreadableFile, $"{path}: {why}", fault);
        }
    }

    /// <summary>Reads the next packet.</summary>
    /// <returns>False at the end, where the file is damaged (<see cref="Problem"/>), and after a cancellation.</returns>
    /// <exception cref="CaptureException">It is not a capture file, or the system cannot read it.</exception>
    public bool TryAdvance(CancellationToken cancellationToken)
    {
        if (!_hasBegun)
        {
            Begin(cancellationToken);
        }

        while (Problem is null)
        {
            var status = _reader.TryRead(_buffer.AsSpan(_start, _end - _start), out var consumed, out var packet);
            if (status == ReadStatus.Packet)
            {
                Take(packet);
                _start += consumed;
                return true;
            }

            if (!TryGoOn(status, consumed, cancellationToken))
            {
                return false;
            }
        }

        return false;
    }

    /// <summary>Delivers the packet at hand and those that follow, each when it is due, up to the first after <paramref name="until"/>,
    /// which is at hand then. A batch ends now and then, so that what it collects goes out while a long file is read.</summary>
    /// <returns>False at the end, as <see cref="TryAdvance"/>.</returns>
    public bool TryDeliver(PacketSink sink, Pace? pace, Timestamp until, CancellationToken cancellationToken)
    {
        if (pace?.WaitUntilDue(Time, sink, cancellationToken) == false)
        {
            return true; // The run ends before the packet is due.
        }

        sink.OnPacket(Octets, Link, OriginalLength, Time);
        CountForBatch(sink);
        while (Problem is null)
        {
            var status = _reader.TryRead(_buffer.AsSpan(_start, _end - _start), out var consumed, out var packet);
            if (status == ReadStatus.Packet)
            {
                if (packet.Time > until || cancellationToken.IsCancellationRequested)
                {
                    Take(packet);
                    _start += consumed;
                    return true;
                }

                Place = packet.Time.IsKnown ? packet.Time : Place;
                _start += consumed;
                if (pace?.WaitUntilDue(packet.Time, sink, cancellationToken) == false)
                {
                    return true;
                }

                sink.OnPacket(packet.Octets, packet.Link, packet.OriginalLength, packet.Time);
                CountForBatch(sink);
            }
            else if (!TryGoOn(status, consumed, cancellationToken))
            {
                return false;
            }
        }

        return false;
    }

    private void CountForBatch(PacketSink sink)
    {
        if (++_sinceBatchEnd == BatchPackets)
        {
            _sinceBatchEnd = 0;
            sink.OnBatchEnd(default);
        }
    }

    private bool TryGoOn(ReadStatus status, int consumed, CancellationToken cancellationToken)
    {
        _start += consumed;
        _recognised |= consumed > 0;
        if (status == ReadStatus.Malformed)
        {
            EndDamaged();
            return false;
        }

        if (Fill(cancellationToken))
        {
            return true;
        }

        if (!cancellationToken.IsCancellationRequested)
        {
            CheckEnd();
        }

        return false;
    }

    public void Dispose()
    {
        _gzip?.Dispose();
        _stream.Dispose();
    }

    private void Begin(CancellationToken cancellationToken)
    {
        _hasBegun = true;
        while (_end < KnownFormats.Length && Fill(cancellationToken))
        {
        }

        var begun = _buffer.AsSpan(0, _end);
        if (KnownFormats.Compression(begun) is { } name)
        {
            throw new CaptureException(
                CaptureFault.NotACapture, $"{Name}: is compressed with {name}; uncompress it: {name} -dc {_path} | parallax inspect -");
        }

        if (begun is [0x1F, 0x8B, ..])
        {
            _gzip = new(_stream, begun);
            _start = _end = 0;
        }
    }

    private void Take(in CapturedPacket packet)
    {
        _recognised = true;
        _packetLength = packet.Octets.Length;
        _packetStart = _packetLength == 0 ? 0
            : (int)Unsafe.ByteOffset(ref MemoryMarshal.GetArrayDataReference(_buffer), ref MemoryMarshal.GetReference(packet.Octets));
        Link = packet.Link;
        OriginalLength = packet.OriginalLength;
        Time = packet.Time;
        Place = Time.IsKnown ? Time : Place;
    }

    private bool Fill(CancellationToken cancellationToken)
    {
        if (!IsSeekable && !NativeSocket.WaitForInput((int)_stream.SafeFileHandle.DangerousGetHandle(), cancellationToken))
        {
            return false;
        }

        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        if (_end == _buffer.Length)
        {
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }

        try
        {
            var read = _gzip is null ? _stream.Read(_buffer, _end, _buffer.Length - _end) : _gzip.Read(_buffer.AsSpan(_end));
            _end += read;
            ReadOctets = IsSeekable ? _stream.Position : ReadOctets + read;
            return read > 0;
        }
        catch (IOException fault)
        {
            throw new CaptureException(CaptureFault.UnreadableFile, $"{Name}: {fault.Message}", fault);
        }
    }

    /// <summary>A record that cannot be: what is after it is not to be found.</summary>
    private void EndDamaged()
    {
        if (!_recognised)
        {
            throw new CaptureException(CaptureFault.NotACapture, $"{Name}: {_reader.Problem}");
        }

        LeftOutOctets = _end - _start + (_gzip is null && IsSeekable ? _stream.Length - _stream.Position : 0);
        Problem = $"is damaged: {_reader.Problem}";
    }

    private void CheckEnd()
    {
        if (!_recognised && _end < KnownFormats.Length)
        {
            throw new CaptureException(
                CaptureFault.NotACapture,
                _end == 0 && _gzip?.Problem is null ? $"{Name}: is empty; a pcap or pcapng file was expected"
                    : $"{Name}: {_gzip?.Problem ?? "is neither pcap nor pcapng"}");
        }

        LeftOutOctets = _end - _start + (_gzip?.LeftOut ?? 0);
        Problem = _gzip?.Problem ?? (_end == _start ? null : _recognised ? "breaks off in its last record" : "breaks off in its header");
    }
}

using System.IO.Compression;
using Parallax.Wire.PcapFiles;

namespace Parallax.Capture.Sources;

/// <summary>Reads a pcap or pcapng file, plain or gzip, or standard input.</summary>
/// <remarks>Memory: one buffer that grows to the largest record. Thread safety: one run.</remarks>
public sealed class PcapFileSource : IPacketSource
{
    private const int BufferBytes = 1 << 20;

    /// <summary>Packets between two ends of a batch, so that what a batch collects goes out while a long file is read.</summary>
    private const int BatchPackets = 256;

    private readonly FileStream _stream;
    private readonly CaptureFileReader _reader = new();
    private readonly Pace? _pace;
    private byte[] _buffer = new byte[BufferBytes];
    private int _start;
    private int _end;
    private bool _recognised;
    private bool _torn;

    private PcapFileSource(string name, FileStream stream, double? speed, TimeProvider clock)
    {
        Name = name;
        _stream = stream;
        _pace = speed is { } factor ? new Pace(factor, clock) : null;
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public SourceLosses Losses => new(0, _torn ? 1 : 0);

    /// <summary>Octets read so far from the file, compressed ones when it is compressed; for a progress line.</summary>
    public long ReadOctets { get; private set; }

    /// <summary>Octets of the file; 0 when it is a pipe, whose length nobody knows.</summary>
    public long Length { get; private init; }

    /// <summary>How long the next packet is not due; zero when one is, or no pace is kept. Any thread.</summary>
    public TimeSpan NextIn => _pace?.NextIn ?? TimeSpan.Zero;

    /// <summary>Opens <paramref name="path"/>; "-" is standard input.</summary>
    /// <param name="path">A file; compressed when it begins like gzip.</param>
    /// <param name="speed">Null delivers as fast as the sink takes; 1 keeps the pace of the capture, 2 doubles it.</param>
    /// <param name="clock">Used for pacing only.</param>
    /// <exception cref="CaptureException">The file cannot be read.</exception>
    public static PcapFileSource Open(string path, double? speed, TimeProvider clock)
    {
        try
        {
            var stream = path == "-" ? OpenStandardInput() : new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1);
            return new(path == "-" ? "standard input" : path, stream, speed, clock) { Length = stream.CanSeek ? stream.Length : 0 };
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException)
        {
            var why = fault is FileNotFoundException or DirectoryNotFoundException ? "no such file"
                : Directory.Exists(path) ? "is a folder, not a capture file" : "may not be read";
            throw new CaptureException(CaptureFault.UnreadableFile, $"{path}: {why}", fault);
        }
    }

    /// <inheritdoc/>
    public void Run(PacketSink sink, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sink);
        using var octets = Uncompressed(cancellationToken);
        var sinceBatchEnd = 0;
        while (!cancellationToken.IsCancellationRequested)
        {
            var status = _reader.TryRead(_buffer.AsSpan(_start, _end - _start), out var consumed, out var packet);
            _start += consumed;
            _recognised |= consumed > 0;
            switch (status)
            {
                case ReadStatus.Packet:
                    if (_pace?.WaitUntilDue(packet.Time, sink, cancellationToken) == false)
                    {
                        break; // The run ends before the packet is due.
                    }

                    sink.OnPacket(packet.Octets, packet.Link, packet.OriginalLength, packet.Time);
                    if (++sinceBatchEnd == BatchPackets)
                    {
                        sinceBatchEnd = 0;
                        sink.OnBatchEnd(default);
                    }

                    break;
                case ReadStatus.NeedMore when Fill(octets, cancellationToken):
                case ReadStatus.NeedMore when cancellationToken.IsCancellationRequested:
                    break;
                case ReadStatus.NeedMore:
                    CheckEnd();
                    sink.OnBatchEnd(default);
                    return;
                case ReadStatus.Malformed:
                    throw new CaptureException(CaptureFault.NotACapture, $"{Name}: {_reader.Problem}");
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    private static FileStream OpenStandardInput() =>
        new(new Microsoft.Win32.SafeHandles.SafeFileHandle(0, false), FileAccess.Read, 1);

    private Stream Uncompressed(CancellationToken cancellationToken)
    {
        while (_end < 2 && Fill(_stream, cancellationToken))
        {
        }

        if (_end < 2 || _buffer[0] != 0x1F || _buffer[1] != 0x8B)
        {
            return _stream;
        }

        var begun = new ReadAheadStream(_buffer.AsSpan(0, _end).ToArray(), _stream);
        _start = _end = 0;
        return new GZipStream(begun, CompressionMode.Decompress);
    }

    private bool Fill(Stream octets, CancellationToken cancellationToken)
    {
        if (!_stream.CanSeek && !WaitForWriter(cancellationToken))
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
            var read = octets.Read(_buffer, _end, _buffer.Length - _end);
            _end += read;
            ReadOctets = octets == _stream || !_stream.CanSeek ? ReadOctets + read : _stream.Position;
            return read > 0;
        }
        catch (InvalidDataException)
        {
            // A damaged or cut gzip member: what was read before it stands.
            _torn = true;
            return false;
        }
        catch (IOException fault)
        {
            throw new CaptureException(CaptureFault.UnreadableFile, $"{Name}: {fault.Message}", fault);
        }
    }

    /// <summary>Who writes into a pipe may stay silent; a stop does not wait for them.</summary>
    /// <returns>False when the capture is to stop.</returns>
    private bool WaitForWriter(CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsLinux())
        {
            return true;
        }

        var patience = new NativeSocket.TimeSpec { Nanoseconds = 50_000_000 };
        Span<NativeSocket.PollDescriptor> pipe =
            [new() { Descriptor = (int)_stream.SafeFileHandle.DangerousGetHandle(), Events = NativeSocket.PollIn }];
        while (!cancellationToken.IsCancellationRequested)
        {
            if (NativeSocket.Poll(pipe, 1, patience, 0) > 0)
            {
                return true;
            }
        }

        return false;
    }

    private void CheckEnd()
    {
        if (!_recognised)
        {
            throw new CaptureException(
                CaptureFault.NotACapture,
                _end == 0 ? $"{Name}: is empty; a pcap or pcapng file was expected" : $"{Name}: is neither pcap nor pcapng");
        }

        _torn |= _end > _start;
    }

    /// <summary>Octets already read, then the rest of the stream.</summary>
    private sealed class ReadAheadStream(byte[] begun, Stream rest) : Stream
    {
        private int _position;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var left = Math.Min(count, begun.Length - _position);
            if (left == 0)
            {
                return rest.Read(buffer, offset, count);
            }

            Array.Copy(begun, _position, buffer, offset, left);
            _position += left;
            return left;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}

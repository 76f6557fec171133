using Parallax.Wire;

namespace Parallax.Capture.Sources;

/// <summary>Reads pcap and pcapng files, plain or gzip, or standard input. Several files are one capture: their packets are merged by
/// time, so that what a capture program wrote into one file after the other, or at several places, goes on from file to file.</summary>
/// <remarks>Memory: a buffer for each file whose time it is; a file that begins later is not open yet, one that has ended is closed.
/// Thread safety: one run.</remarks>
public sealed class PcapFileSource : IPacketSource
{
    private const int BufferBytes = 1 << 20;
    private const int BufferBytesOfSeveral = 1 << 18;
    private const int BufferBytesToLook = 1 << 14;

    private readonly Pace? _pace;
    private readonly List<string> _problems = [];
    private readonly List<CaptureFile> _open = [];
    private readonly PriorityQueue<Waiting, (Timestamp, string)> _waiting = new();
    private long _readOctets;
    private long _damaged;
    private long _leftOut;

    private PcapFileSource(string name, double? speed, TimeProvider clock)
    {
        Name = name;
        _pace = speed is { } factor ? new Pace(factor, clock) : null;
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public SourceLosses Losses => new(0, _damaged) { LeftOutOctets = _leftOut };

    /// <inheritdoc/>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>Octets read so far from the files, compressed ones when they are compressed; for a progress line.</summary>
    public long ReadOctets => _readOctets + _current?.ReadOctets ?? _readOctets;

    /// <summary>Octets of the files; 0 when one is a pipe, whose length nobody knows.</summary>
    public long Length { get; private set; }

    private CaptureFile? _current;

    /// <summary>How long the next packet is not due; zero when one is, or no pace is kept. Any thread.</summary>
    public TimeSpan NextIn => _pace?.NextIn ?? TimeSpan.Zero;

    /// <summary>Opens <paramref name="path"/>; "-" is standard input.</summary>
    /// <inheritdoc cref="Open(IReadOnlyList{string}, double?, TimeProvider)"/>
    public static PcapFileSource Open(string path, double? speed, TimeProvider clock) => Open([path], speed, clock);

    /// <summary>Opens the files of one capture, in any order; "-" is standard input.</summary>
    /// <param name="paths">One file or more; compressed when it begins like gzip.</param>
    /// <param name="speed">Null delivers as fast as the sink takes; 1 keeps the pace of the capture, 2 doubles it.</param>
    /// <param name="clock">Used for pacing only.</param>
    /// <exception cref="CaptureException">A file cannot be read.</exception>
    public static PcapFileSource Open(IReadOnlyList<string> paths, double? speed, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(paths);
        var names = paths.Select(CaptureFile.NameOf).ToList();
        var name = names.Count <= 3 ? string.Join(", ", names) : $"{names[0]} and {names.Count - 1} more";
        var source = new PcapFileSource(name, speed, clock);
        try
        {
            foreach (var path in paths)
            {
                source.Add(path, paths.Count == 1);
            }

            return source;
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    /// <summary>When the first packet was captured; not known before it is read. For the reading thread.</summary>
    public Timestamp Begin { get; private set; }

    /// <inheritdoc/>
    public void Run(PacketSink sink, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sink);
        FindBeginnings(cancellationToken);
        while (!cancellationToken.IsCancellationRequested && Next(cancellationToken) is { } file)
        {
            Begin = Begin.IsKnown ? Begin : file.Place;
            _current = file;
            Deliver(file, sink, cancellationToken);
        }

        if (!cancellationToken.IsCancellationRequested)
        {
            sink.OnBatchEnd(default);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _open.ForEach(file => file.Dispose());
        while (_waiting.TryDequeue(out var waiting, out _))
        {
            waiting.Opened?.Dispose();
        }
    }

    /// <summary>Sees that there is such a file. One of several is opened again when its time has come, unless it is a pipe.</summary>
    private void Add(string path, bool isOnly)
    {
        var file = CaptureFile.Open(path, isOnly ? BufferBytes : BufferBytesToLook);
        var length = file.Length;
        Length = length == 0 || (Length == 0 && _waiting.Count > 0) ? 0 : Length + length;
        if (!isOnly && file.IsSeekable)
        {
            file.Dispose();
            _waiting.Enqueue(new(path, null, length == 0), (default, path));
        }
        else
        {
            _waiting.Enqueue(new(path, file, false), (default, path));
        }
    }

    /// <summary>Puts the files in the order of their first packets.</summary>
    private void FindBeginnings(CancellationToken cancellationToken)
    {
        if (_waiting.Count == 1)
        {
            return;
        }

        var found = new List<(Waiting File, (Timestamp, string Path) Place)>();
        while (_waiting.TryDequeue(out var waiting, out var place))
        {
            if (waiting.IsEmpty)
            {
                Tell(CaptureFile.NameOf(waiting.Path), "is empty", 0);
                continue;
            }

            // A file without packets is read all the same: it may be damaged.
            var file = waiting.Opened ?? CaptureFile.Open(waiting.Path, BufferBytesToLook);
            var begin = file.TryAdvance(cancellationToken) ? file.Place : default;
            found.Add((waiting with { HasBegun = !file.IsSeekable && file.Place.IsKnown }, (begin, place.Item2)));
            if (file.IsSeekable)
            {
                file.Dispose();
            }
        }

        _waiting.EnqueueRange(found);
    }

    /// <summary>The file with the earliest packet; files whose time has come are opened.</summary>
    private CaptureFile? Next(CancellationToken cancellationToken)
    {
        var next = Earliest();
        while (_waiting.TryPeek(out _, out var place) && (next is null || place.Item1 <= next.Place))
        {
            var waiting = _waiting.Dequeue();
            var file = waiting.Opened ?? CaptureFile.Open(waiting.Path, BufferBytesOfSeveral);
            _open.Add(file);
            if (!waiting.HasBegun && !file.TryAdvance(cancellationToken))
            {
                Close(file);
            }

            next = Earliest();
        }

        return next;
    }

    private CaptureFile? Earliest()
    {
        CaptureFile? earliest = null;
        foreach (var file in _open)
        {
            // At the same time the file that was opened first goes on.
            earliest = earliest is null || file.Place < earliest.Place ? file : earliest;
        }

        return earliest;
    }

    /// <summary>Delivers packets of one file for as long as none of another is due.</summary>
    private void Deliver(CaptureFile file, PacketSink sink, CancellationToken cancellationToken)
    {
        var until = Timestamp.Latest;
        foreach (var other in _open)
        {
            until = other == file || other.Place > until ? until : other.Place;
        }

        if (_waiting.TryPeek(out _, out var place) && place.Item1 < until)
        {
            until = place.Item1;
        }

        if (!file.TryDeliver(sink, _pace, until, cancellationToken))
        {
            Close(file);
        }
    }

    private void Close(CaptureFile file)
    {
        _current = null;
        _readOctets += file.ReadOctets;
        if (file.Problem is { } problem)
        {
            Tell(file.Name, problem, file.LeftOutOctets);
        }

        _open.Remove(file);
        file.Dispose();
    }

    private void Tell(string name, string problem, long leftOut)
    {
        _damaged++;
        _leftOut += leftOut;
        _problems.Add(leftOut > 0 ? $"{name}: {problem}; {leftOut:N0} octets of it were not read" : $"{name}: {problem}");
    }

    /// <summary>A file that is not open, or a pipe.</summary>
    private sealed record Waiting(string Path, CaptureFile? Opened, bool IsEmpty)
    {
        /// <summary>True when its first packet was read already.</summary>
        public bool HasBegun { get; init; }
    }
}

namespace Parallax.Documents;

/// <summary>Reads the octets of files, and keeps those of sources that can be read only once: standard input and pipes.</summary>
/// <remarks>A pipe that nobody writes to keeps who opens it waiting for ever, so what may be one is read by a thread that can be left
/// behind. Keep the reader from one load to the next. Thread safety: one thread at a time.</remarks>
public sealed class SourceReader
{
    private readonly Dictionary<string, Reading> _readings = new(StringComparer.Ordinal);

    /// <summary>How long a pipe may take until somebody writes to it; 5 s by default.</summary>
    public TimeSpan OpenPatience { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long who writes to a pipe may be silent; one minute by default.</summary>
    public TimeSpan SilencePatience { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Reads a source.</summary>
    /// <param name="name">A file, or <c>-</c> for standard input.</param>
    /// <param name="standardInput">Standard input; null when there is none.</param>
    /// <param name="most">How many octets are wanted; one more tells that there are more.</param>
    /// <param name="wasKept">True when it could not be read again, so that these are the octets of the first time.</param>
    /// <exception cref="IOException">It cannot be read, or nobody writes to it.</exception>
    internal byte[] Read(string name, Stream? standardInput, int most, out bool wasKept)
    {
        wasKept = false;
        if (_readings.Remove(name, out var before) && !before.IsDone)
        {
            // It was waited for already.
            throw Remember(name, before);
        }

        if (before is { IsOnce: true })
        {
            _readings[name] = before;
            wasKept = true;
            return before.Octets;
        }

        if (name != "-" && new FileInfo(name) is { Exists: true, LinkTarget: null, Length: > 0 })
        {
            // Pipes and devices have no length.
            using var file = Open(name);
            return ReadAll(file, most, static () => { });
        }

        if (name == "-" && standardInput is null)
        {
            throw new IOException("standard input is not there");
        }

        var reading = Reading.Start(name == "-" ? () => standardInput! : () => Open(name), most);

        // Somebody may be typing.
        if (!reading.Wait(OpenPatience, name == "-" ? Timeout.InfiniteTimeSpan : SilencePatience))
        {
            throw Remember(name, reading);
        }

        if (reading.IsOnce)
        {
            _readings[name] = reading;
        }

        return reading.Octets;
    }

    private IOException Remember(string name, Reading reading)
    {
        _readings[name] = reading;
        return new IOException(reading.IsOpen
            ? FormattableString.Invariant($"who writes to this pipe has been silent for {SilencePatience.TotalSeconds:0.#} s")
            : FormattableString.Invariant($"it is a pipe, and for {OpenPatience.TotalSeconds:0.#} s nobody has begun to write to it"));
    }

    private static FileStream Open(string name) => new(name, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1);

    private static byte[] ReadAll(Stream stream, int most, Action onPart)
    {
        using var octets = new MemoryStream();
        var part = new byte[1 << 16];
        for (var read = stream.Read(part); read > 0 && octets.Length <= most; read = stream.Read(part))
        {
            octets.Write(part, 0, read);
            onPart();
        }

        return octets.ToArray();
    }

    /// <summary>A source that is being read, or was.</summary>
    private sealed class Reading
    {
        private readonly object _progress = new();
        private byte[] _octets = [];
        private Exception? _fault;
        private volatile bool _isOpen;
        private volatile bool _isDone;

        public bool IsOpen => _isOpen;

        public bool IsDone => _isDone;

        /// <summary>True when it cannot be read again; means something when it is done.</summary>
        public bool IsOnce { get; private set; }

        /// <exception cref="IOException">It could not be read, as other exceptions of files.</exception>
        public byte[] Octets
        {
            get
            {
                if (_fault is not null)
                {
                    System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(_fault);
                }

                return _octets;
            }
        }

        public static Reading Start(Func<Stream> open, int most)
        {
            var reading = new Reading();
            new Thread(() => reading.Run(open, most)) { IsBackground = true, Name = "documents" }.Start();
            return reading;
        }

        /// <summary>Waits for the end.</summary>
        /// <returns>False when it took too long.</returns>
        public bool Wait(TimeSpan toOpen, TimeSpan silence)
        {
            lock (_progress)
            {
                while (!_isDone && Monitor.Wait(_progress, _isOpen ? silence : toOpen))
                {
                    // Something came; the patience begins again.
                }
            }

            return _isDone;
        }

        private void Run(Func<Stream> open, int most)
        {
            try
            {
                using var stream = open();
                _isOpen = true;
                Tell();
                IsOnce = !stream.CanSeek;
                _octets = ReadAll(stream, most, Tell);
            }
            catch (Exception fault)
            {
                _fault = fault; // whatever it is, it is the caller's
            }

            _isDone = true;
            Tell();
        }

        private void Tell()
        {
            lock (_progress)
            {
                Monitor.Pulse(_progress);
            }
        }
    }
}

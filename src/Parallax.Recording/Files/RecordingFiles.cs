using System.Globalization;
using Parallax.Reactor.Loops;
using Parallax.Recording.Entries;
using Parallax.Recording.Plx;
using Parallax.Traffic.Exchanges;

namespace Parallax.Recording.Files;

/// <summary>The files of one recording, one after the other: begins them, finishes them, deletes the oldest.</summary>
/// <remarks>A file is called NAME.part until it is finished; then it is synchronised with the disk and renamed in one step, so anyone who
/// sees NAME sees all of it. A file that somebody renamed meanwhile is finished under the name it has then; one that somebody truncated,
/// after having copied it, begins again, and one that somebody deleted is followed by the next. What stands at such a name and is not a
/// file of this user is left alone. Thread safety: none.</remarks>
internal sealed class RecordingFiles : IDisposable
{
    private readonly RecordingOptions _options;
    private readonly RecordingNames _names;
    private readonly TimeProvider _clock;
    private FileStream? _file;
    private PlxWriter? _writer;
    private string _name = "";
    private DateTimeOffset _begunAt;
    private long _finishedBytes;
    private long _finishedEntries;

    /// <summary>Begins the first file, after it finished what a killed writer left under the same names.</summary>
    /// <exception cref="RecordingException">The path is not right, or cannot be written to.</exception>
    public RecordingFiles(RecordingOptions options, TimeProvider clock)
    {
        _options = options;
        _clock = clock;
        if (!RecordingNames.TryParse(options.Path, out var names, out var problem))
        {
            throw new RecordingException($"{options.Path}: {problem}");
        }

        _names = names!;
        try
        {
            FinishWhatWasLeft();
            Begin();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new RecordingException($"{options.Path}: cannot be written: {fault.Message}", fault);
        }
    }

    /// <summary>The path of the file that is being written, without what marks it as unfinished.</summary>
    public string Current => _name;

    /// <summary>Files finished.</summary>
    public long Finished { get; private set; }

    /// <summary>Entries that were in a file which somebody deleted before it was finished.</summary>
    public long LostEntries { get; private set; }

    /// <summary>Files of a killed writer that were finished.</summary>
    public int Recovered { get; private set; }

    /// <summary>Bytes written to all files.</summary>
    public long Bytes => _finishedBytes + (_writer?.Bytes ?? 0);

    /// <summary>Entries that a file holds.</summary>
    public long WrittenEntries => _finishedEntries + (_writer?.WrittenEntries ?? 0);

    /// <summary>Entries that no file holds yet.</summary>
    public int WaitingEntries => _writer?.WaitingEntries ?? 0;

    /// <summary>Writes an entry; begins the next file first when it is time.</summary>
    /// <returns>False when the entry is larger than the format can carry.</returns>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public bool TryWrite(in RecordedEntry entry)
    {
        RotateWhenDue();
        return _writer!.TryWrite(entry);
    }

    /// <summary>The same for a captured exchange.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public bool TryWrite(in EntryFacts facts, Message? request, Message? response)
    {
        RotateWhenDue();
        return _writer!.TryWrite(facts, request, response);
    }

    /// <summary>Hands what waits to the operating system.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Flush()
    {
        BeginAgainWhenTruncated();
        _writer?.Flush();
        if (_writer is not null && IsDeleted(_file!))
        {
            // What comes next is not to be lost, too.
            Finish();
            Begin();
        }
    }

    /// <summary>Finishes the file being written. A file that cannot be given its index keeps its entries and its name all the same.
    /// </summary>
    /// <exception cref="IOException">Something could not be written.</exception>
    public void Finish()
    {
        if (_writer is not { } writer)
        {
            return;
        }

        BeginAgainWhenTruncated();
        IOException? fault = null;
        try
        {
            writer.Finish();
            _file!.Flush(flushToDisk: true);
        }
        catch (IOException full)
        {
            fault = full;
        }

        GiveName(writer);
        writer.Dispose();
        (_writer, _file) = (null, null);
        if (fault is not null)
        {
            throw fault;
        }

        DeleteOldest();
    }

    /// <summary>Removes the file being written; one that holds entries is finished instead.</summary>
    /// <exception cref="IOException">Something could not be written or removed.</exception>
    public void Discard()
    {
        if (_writer is not { Entries: 0 } writer)
        {
            Finish();
            return;
        }

        var unfinished = _name + RecordingNames.Unfinished;
        if (TrafficFile.IsAt(_file!.SafeFileHandle, unfinished))
        {
            File.Delete(unfinished);
        }

        writer.Dispose();
        (_writer, _file) = (null, null);
    }

    /// <summary>Begins the next file now. A file without entries goes on, unless somebody renamed or deleted it.</summary>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public void BeginNext()
    {
        if (_writer!.Entries > 0 || !TrafficFile.IsAt(_file!.SafeFileHandle, _name + RecordingNames.Unfinished))
        {
            Finish();
            Begin();
        }
    }

    /// <summary>Begins the next file when it is time.</summary>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public void RotateWhenDue()
    {
        BeginAgainWhenTruncated();
        var isDue = _writer!.Entries > 0
            && (_writer.Bytes + _writer.WaitingBytes >= _options.MaxFileBytes
                || _writer.Entries >= _options.MaxFileEntries
                || _clock.GetUtcNow() - _begunAt >= _options.MaxFileAge);
        if (isDue)
        {
            Finish();
            Begin();
        }
    }

    public void Dispose() => _writer?.Dispose();

    private void GiveName(PlxWriter writer)
    {
        var unfinished = _name + RecordingNames.Unfinished;
        if (IsDeleted(_file!))
        {
            LostEntries += writer.WrittenEntries;
            return;
        }

        _finishedBytes += writer.Bytes;
        _finishedEntries += writer.WrittenEntries;
        Finished++;
        if (TrafficFile.IsAt(_file!.SafeFileHandle, unfinished))
        {
            Rename(unfinished);
        }
    }

    // Somebody may have taken the name meanwhile; nothing is written over.
    private void Rename(string unfinished)
    {
        var stem = _name[..^Path.GetExtension(_name).Length];
        for (var number = 2; IsTaken(_name); number++)
        {
            _name = string.Create(CultureInfo.InvariantCulture, $"{stem}-{number}{Path.GetExtension(_name)}");
        }

        File.Move(unfinished, _name);
    }

    // Where an open file cannot be asked it was more likely renamed.
    private static bool IsDeleted(FileStream file) => TrafficFile.Of(file.SafeFileHandle) is { Links: 0 };

    // What was in it is where it was copied to. Writing on would leave a hole of zeros where the header belongs.
    private void BeginAgainWhenTruncated()
    {
        if (_writer is { } writer && _file!.Length < writer.Bytes)
        {
            _finishedBytes += writer.Bytes;
            _finishedEntries += writer.WrittenEntries;
            writer.BeginAgain(_clock);
        }
    }

    private void Begin()
    {
        _begunAt = _clock.GetUtcNow();
        foreach (var name in _names.CandidatesAt(_begunAt))
        {
            if (!IsTaken(name) && TryCreate(name + RecordingNames.Unfinished) is { } file)
            {
                (_name, _file) = (name, file);
                _writer = new(file, _options.Format, _clock);
                return;
            }
        }
    }

    /// <summary>Null when there is such a file.</summary>
    private FileStream? TryCreate(string path)
    {
        try
        {
            return TrafficFile.Create(path, _options.Format.Redaction == RedactionState.Raw);
        }
        catch (IOException) when (IsTaken(path))
        {
            return null;
        }
    }

    // Also by a link that leads nowhere.
    private static bool IsTaken(string path) => Path.Exists(path) || TrafficFile.At(path) is not null;

    private void FinishWhatWasLeft()
    {
        foreach (var left in _names.LeftUnfinished().ToList())
        {
            var name = left.FullName[..^RecordingNames.Unfinished.Length];
            if (!IsTaken(name) && TrafficFile.ProblemAt(left.FullName) is null && TryFinish(left.FullName))
            {
                File.Move(left.FullName, name);
                Recovered++;
            }
        }
    }

    private static bool TryFinish(string path)
    {
        try
        {
            // Nobody else may hold it: another process may be writing it right now.
            using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None, 1);
            if (!file.CanSeek || !TrafficFile.IsAt(file.SafeFileHandle, path))
            {
                return false; // A pipe or a device that is called so, or a link that was put there meanwhile.
            }

            if (file.Length < PlxFileHeader.Length)
            {
                // Its writer was killed before it had written anything.
                File.Delete(path);
                return false;
            }

            using var reader = new PlxReader(file, path);
            var options = new PlxOptions { Redaction = reader.Header?.Redaction ?? default };
            using var writer = PlxRecovery.Append(file, path, options, out _);
            writer.Finish();
            return true;
        }
        catch (Exception fault) when (fault is IOException or RecordingException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private void DeleteOldest()
    {
        if (_options.KeepBytes is null && _options.KeepAge is null)
        {
            return;
        }

        var files = _names.Finished().ToList();
        var total = files.Sum(file => file.Length);
        foreach (var file in files)
        {
            var isOld = _clock.GetUtcNow() - file.LastWriteTimeUtc > _options.KeepAge;
            if (!isOld && !(total > _options.KeepBytes))
            {
                return;
            }

            total -= file.Length;
            file.Delete();
        }
    }
}

using System.Buffers;
using System.Globalization;
using System.Text;
using Parallax.Recording.Entries;
using Parallax.Wire;

namespace Parallax.Recording.Gor;

/// <summary>Reads GoReplay's .gor files and puts the records of an exchange together.</summary>
/// <remarks>Records of an exchange may be far apart, so a window of requests waits for their responses; a response that comes after the
/// window is a separate entry. Memory: the window. Thread safety: none.</remarks>
public sealed class GorReader : IRecordingReader
{
    private const int WindowEntries = 4096;
    private const long MaxWindowBytes = 64 << 20;

    // An eighth of the heap: rented arrays may be twice as long as what they hold.
    private readonly long _windowBytes = Math.Min(MaxWindowBytes, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 8);
    private readonly Stream _stream;
    private readonly string _name;
    private readonly OctetWindow _octets;
    private readonly Queue<Pending> _pending = new();
    private readonly Dictionary<string, SameId> _byId = [];
    private Pending? _given;
    private long _pendingBytes;
    private long _leftOut;
    private long _records;
    private bool _ended;

    /// <summary>Prepares reading.</summary>
    /// <param name="stream">The file, no longer compressed; disposed of with the reader.</param>
    /// <param name="name">What it is called in messages.</param>
    public GorReader(Stream stream, string name)
    {
        ArgumentNullException.ThrowIfNull(stream);
        _stream = stream;
        _name = name;
        _octets = new(stream);
    }

    /// <inheritdoc/>
    public long ReadBytes => _octets.Position;

    /// <inheritdoc/>
    public RecordingLosses Losses => new(_leftOut, 0);

    /// <inheritdoc/>
    public bool IsInOrder => true;

    /// <inheritdoc/>
    public bool TryRead(out RecordedEntry entry)
    {
        _given?.Return();
        _given = null;
        while (!_ended && _pending.Count < WindowEntries && _pendingBytes < _windowBytes)
        {
            _ended = !TryReadRecord();
        }

        if (!_pending.TryDequeue(out var next))
        {
            entry = default;
            return false;
        }

        _pendingBytes -= next.Bytes;
        if (_byId.TryGetValue(next.Id, out var sameId) && sameId.IsEmptyWithout(next))
        {
            _byId.Remove(next.Id);
        }

        _given = next;
        entry = next.Entry;
        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    /// <summary>False at the end of the file.</summary>
    private bool TryReadRecord()
    {
        var length = FindSeparator();
        if (length < 0)
        {
            _leftOut += _octets.Length;
            _octets.Skip(_octets.Length);
            if (_records == 0)
            {
                throw new RecordingException($"{_name}: is no .gor recording");
            }

            return false;
        }

        if (GorRecord.TryRead(_octets.Octets[..length], out var record))
        {
            _records++;
            Add(record);
        }
        else if (_records == 0)
        {
            throw new RecordingException($"{_name}: is no .gor recording: its first line is not that of a record");
        }
        else
        {
            _leftOut += length + GorRecord.Separator.Length;
        }

        _octets.Skip(length + GorRecord.Separator.Length);
        return true;
    }

    /// <summary>The octets before the next separator; -1 when the file ends before one.</summary>
    private int FindSeparator()
    {
        var searched = 0;
        while (true)
        {
            var at = _octets.Octets[searched..].IndexOf(GorRecord.Separator);
            if (at >= 0)
            {
                return searched + at;
            }

            searched = Math.Max(0, _octets.Length - GorRecord.Separator.Length + 1);
            if (_octets.Length > RecordingLimits.MaxEntryBytes)
            {
                throw new RecordingException(
                    $"{_name}: has more than {RecordingLimits.MaxEntryBytes >> 20} MiB without the end of a record at byte "
                    + $"{_octets.Position}; larger records are not read");
            }

            if (!_octets.TryReadMore())
            {
                return -1;
            }
        }
    }

    private void Add(in GorRecord record)
    {
        var id = Encoding.Latin1.GetString(record.Id);
        if (!_byId.TryGetValue(id, out var sameId))
        {
            _byId.Add(id, sameId = new());
        }

        if (sameId.FirstWithout(record.Kind) is not { } pending)
        {
            pending = new Pending(id);
            _pendingBytes += pending.Bytes;
            _pending.Enqueue(pending);
            sameId.Enlist(pending);
        }

        _pendingBytes -= pending.Bytes;
        pending.Add(record);
        _pendingBytes += pending.Bytes;
    }

    /// <summary>The exchanges in the window that have one id: two requests that came in one packet have the same, and their responses
    /// come in order. However many there are, the next record finds its own at once.</summary>
    private sealed class SameId
    {
        // Where to look for the first that lacks a record of a kind: those before it have one.
        private readonly Pending?[] _first = new Pending?[GorKind.ShadowResponse - GorKind.Request + 1];
        private Pending? _last;

        public Pending? FirstWithout(GorKind kind)
        {
            ref var first = ref _first[kind - GorKind.Request];
            while (first is not null && first.Has(kind))
            {
                first = first.Next;
            }

            return first;
        }

        public void Enlist(Pending pending)
        {
            if (_last is not null)
            {
                _last.Next = pending;
            }

            _last = pending;
            foreach (ref var first in _first.AsSpan())
            {
                first ??= pending;
            }
        }

        /// <summary>Lets go of the first one, so that those out of the window do not hang on each other.</summary>
        /// <returns>True when there is no other.</returns>
        public bool IsEmptyWithout(Pending given)
        {
            foreach (ref var first in _first.AsSpan())
            {
                first = first == given ? given.Next : first;
            }

            return _last == given;
        }
    }

    /// <summary>An exchange in the window. Its octets are in rented arrays, as they would be most of the garbage.</summary>
    private sealed class Pending(string id)
    {
        private readonly byte[] _label = Encoding.Latin1.GetBytes(id);
        private EntryFacts _facts = new() { Session = SessionOf(id), SequenceInSession = -1, Vni = -1 };
        private ArraySegment<byte> _request;
        private ArraySegment<byte> _response;
        private ArrayBufferWriter<byte>? _shadows;
        private int _shadowCount;

        public string Id => id;

        /// <summary>The next one of the same id.</summary>
        public Pending? Next { get; set; }

        // The id is text and octets.
        public long Bytes =>
            (id.Length * (sizeof(char) + 1L)) + _request.Count + _response.Count + (_shadows?.WrittenCount ?? 0);

        public RecordedEntry Entry => new()
        {
            Facts = _facts,
            HasRequest = Has(GorKind.Request),
            HasResponse = Has(GorKind.Response),
            Request = _request,
            Response = _response,
            Label = _label.Length <= byte.MaxValue ? _label : default,
            Shadows = _shadows is null ? default : new(_shadows.WrittenSpan, _shadowCount),
        };

        /// <summary>True when such a record belongs to another exchange. There may be many shadow responses: as many as an entry holds.
        /// </summary>
        public bool Has(GorKind kind) => kind switch
        {
            GorKind.Request => _request.Array is not null,
            GorKind.Response => _response.Array is not null,
            _ => _shadowCount == RecordedShadows.MaxCount,
        };

        public void Add(in GorRecord record)
        {
            var first = new Timestamp(record.Time);
            var last = record.Duration is { } duration ? new Timestamp(unchecked(record.Time + duration)) : default;
            switch (record.Kind)
            {
                case GorKind.Request:
                    _request = Rent(record.Payload);
                    _facts = _facts with { RequestFirst = first, RequestLast = last };
                    break;
                case GorKind.Response:
                    _response = Rent(record.Payload);
                    _facts = _facts with { ResponseFirst = first, ResponseLast = last };
                    break;
                default:
                    _shadows ??= new();
                    _shadowCount++;
                    new RecordedShadow { Response = record.Payload, Sent = first, Last = last }.AppendTo(_shadows);
                    break;
            }
        }

        /// <summary>Gives the octets up.</summary>
        public void Return()
        {
            foreach (var octets in (ReadOnlySpan<ArraySegment<byte>>)[_request, _response])
            {
                if (octets.Array is { } array)
                {
                    ArrayPool<byte>.Shared.Return(array);
                }
            }

            (_request, _response) = (default, default);
        }

        private static ArraySegment<byte> Rent(ReadOnlySpan<byte> octets)
        {
            var array = ArrayPool<byte>.Shared.Rent(Math.Max(1, octets.Length));
            octets.CopyTo(array);
            return new(array, 0, octets.Length);
        }

        // 24 hex digits begin with ports and client address: the same in all exchanges of a connection.
        private static long SessionOf(string id) =>
            id.Length == 24
            && long.TryParse(id.AsSpan(0, 16), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var session)
                ? session
                : 0;
    }
}

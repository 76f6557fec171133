using System.Globalization;
using System.Text.Json;
using Parallax.Recording.Entries;

namespace Parallax.Recording.JsonLines;

/// <summary>Reads the JSON lines that <see cref="JsonLinesWriter"/> writes, a line at a time.</summary>
/// <remarks>
/// <para>Lines of other kinds, such as the account after the exchanges of a capture, are passed over. A line that is not what it must be is
/// left out and counted as lost; the first one is reported with its number. A request that was written before its exchange was over waits
/// for the line of the exchange, for as many lines as there may be others in between; then it is given alone.</para>
/// <para>Memory: the longest line, and the requests that wait. Thread safety: none.</para>
/// </remarks>
public sealed class JsonLinesReader : IRecordingReader
{
    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    private readonly Stream _stream;
    private readonly string _name;
    private readonly OctetWindow _octets;
    private readonly JsonLine _line = new();
    private readonly LoneRequests _lone = new();
    private readonly long[] _leftOut = new long[LeftOutReasons.Count];
    private long _lines;
    private int _given;
    private bool _hasRead;
    private bool _isAtEnd;
    private RecordingLosses _losses;

    /// <summary>Prepares reading.</summary>
    /// <param name="stream">The file, no longer compressed; disposed of with the reader.</param>
    /// <param name="name">What it is called in messages.</param>
    public JsonLinesReader(Stream stream, string name)
    {
        ArgumentNullException.ThrowIfNull(stream);
        _stream = stream;
        _name = name;
        _octets = new(stream);
        if (_octets.TryHold(ByteOrderMark.Length) && _octets.Octets.StartsWith(ByteOrderMark))
        {
            _octets.Skip(ByteOrderMark.Length);
        }
    }

    /// <inheritdoc/>
    public long ReadBytes => _octets.Position;

    /// <inheritdoc/>
    public RecordingLosses Losses => _losses;

    /// <inheritdoc/>
    public IReadOnlyList<long> LeftOut => _leftOut;

    /// <inheritdoc/>
    public bool TryRead(out RecordedEntry entry)
    {
        _octets.Skip(_given);
        _given = 0;
        while (true)
        {
            if (_lone.TryTake(_lines, _isAtEnd, out var alone))
            {
                _line.TryRead(alone, out entry);
                return true;
            }

            if (_isAtEnd)
            {
                entry = default;
                return false;
            }

            if (TryReadLine(out entry))
            {
                return true;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    /// <summary>True when the next line is an entry.</summary>
    private bool TryReadLine(out RecordedEntry entry)
    {
        entry = default;
        var length = FindEnd();
        var line = _octets.Octets[..length];
        _given = Math.Min(length + 1, _octets.Length);
        _isAtEnd = _octets.Length <= length;
        _lines += line.IsEmpty && _isAtEnd ? 0 : 1;
        try
        {
            if (!line.Trim(" \t\r"u8).IsEmpty && TryMake(line, out entry))
            {
                return true;
            }
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            OnBroken(fault);
        }

        _octets.Skip(_given);
        _given = 0;
        return false;
    }

    private bool TryMake(ReadOnlySpan<byte> line, out RecordedEntry entry)
    {
        entry = default;
        var kind = JsonLine.KindOf(line, out var schema);
        if (kind == LineKind.Other)
        {
            _hasRead = true;
            return false;
        }

        if (schema != JsonLinesWriter.Schema)
        {
            throw new RecordingException(
                $"{Place}: schema is {schema}, a form of another version of parallax; this one reads schema {JsonLinesWriter.Schema}");
        }

        var isCarried = _line.TryRead(line, out entry);
        _hasRead = true;
        if (!isCarried)
        {
            _leftOut[(int)LeftOutReason.NotARequest]++;
            return false;
        }

        var key = JsonLine.KeyOf(entry);
        if (kind == LineKind.Request)
        {
            _lone.Add(key, line, _lines);
            return false;
        }

        return !_lone.WasGiven(key);
    }

    private string Place => string.Create(CultureInfo.InvariantCulture, $"{_name}:{_lines}");

    private void OnBroken(Exception fault)
    {
        var what = fault is not JsonException json ? "holds half a character; text must be whole"
            : json.BytePositionInLine is { } at ? string.Create(CultureInfo.InvariantCulture, $"is no JSON at byte {at + 1}")
            : json.Message;
        if (!_hasRead)
        {
            throw new RecordingException($"{Place}: {what}; {RecordingLimits.Readable}", fault);
        }

        _losses += new RecordingLosses(_given, 1) { Problem = $"{Place}: {what}" };
    }

    /// <summary>The octets before the next line end; all that are left where the file ends before one.</summary>
    private int FindEnd()
    {
        var searched = 0;
        while (true)
        {
            var at = _octets.Octets[searched..].IndexOf((byte)'\n');
            if (at >= 0)
            {
                return searched + at;
            }

            searched = _octets.Length;
            if (searched > RecordingLimits.MaxEntryBytes)
            {
                throw new RecordingException(
                    $"{_name}: has a line of more than {RecordingLimits.MaxEntryBytes >> 20} MiB at byte {_octets.Position}; "
                    + "longer ones are not read");
            }

            if (!_octets.TryReadMore())
            {
                return searched;
            }
        }
    }
}

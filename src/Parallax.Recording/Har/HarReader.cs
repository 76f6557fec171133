using System.Text;
using System.Text.Json;
using Parallax.Recording.Entries;
using Parallax.Recording.Plx;

namespace Parallax.Recording.Har;

/// <summary>Reads HAR 1.2, entry by entry, also what browsers and other programs write.</summary>
/// <remarks>Memory: the largest entry. Thread safety: none.</remarks>
public sealed class HarReader : IRecordingReader
{
    // Chromium's stack traces are nested 32 deep, with two levels each.
    private const int MaxDepth = 1024;

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    private static JsonReaderOptions Options =>
        new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip, MaxDepth = MaxDepth };

    private readonly Stream _stream;
    private readonly string _name;
    private readonly OctetWindow _octets;
    private readonly HarFiles _files;
    private readonly HarMessages _messages;
    private JsonReaderState _state = new(Options);
    private Place _place = Place.BeforeEntries;
    private long _leftOutBytes;
    private long _lostEntries;

    /// <summary>Prepares reading.</summary>
    /// <param name="stream">The file; disposed of with the reader.</param>
    /// <param name="name">What it is called in messages.</param>
    public HarReader(Stream stream, string name)
        : this(stream, name, HarFiles.None)
    {
    }

    /// <summary>Prepares reading.</summary>
    /// <param name="stream">The file; disposed of with the reader.</param>
    /// <param name="name">What it is called in messages.</param>
    /// <param name="files">The bodies that it may name; disposed of with the reader.</param>
    internal HarReader(Stream stream, string name, HarFiles files)
    {
        ArgumentNullException.ThrowIfNull(stream);
        _stream = stream;
        _name = name;
        _files = files;
        _messages = new(files, FirstSessionOf(name));
        _octets = new(stream);
        if (_octets.TryHold(ByteOrderMark.Length) && _octets.Octets.StartsWith(ByteOrderMark))
        {
            _octets.Skip(ByteOrderMark.Length);
        }
    }

    private enum Place
    {
        BeforeEntries,
        BetweenEntries,
        AfterEntries,
    }

    /// <inheritdoc/>
    public long ReadBytes => _octets.Position;

    /// <inheritdoc/>
    public RecordingLosses Losses => new(_leftOutBytes, _lostEntries);

    /// <inheritdoc/>
    public IReadOnlyList<long> LeftOut => _messages.LeftOut;

    /// <inheritdoc/>
    public bool IsOfOneClient => true;

    /// <inheritdoc/>
    public bool TryRead(out RecordedEntry entry)
    {
        try
        {
            return TryReadEntry(out entry);
        }
        catch (JsonException fault) when (_place == Place.BeforeEntries)
        {
            throw new RecordingException($"{_name}: is no HAR file: {OneLine(fault.Message)}; {RecordingLimits.Readable}", fault);
        }
        catch (JsonException)
        {
            // A file that breaks off, or is wrong from here on: what came before stands.
            while (_octets.TryReadMore())
            {
                _leftOutBytes += _octets.Length;
                _octets.Skip(_octets.Length);
            }

            _leftOutBytes += _octets.Length;
            _octets.Skip(_octets.Length);
            _place = Place.AfterEntries;
            entry = default;
            return false;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stream.Dispose();
        _files.Dispose();
    }

    // It quotes the file, in which may stand what a terminal obeys, and how much; at its end it says where.
    private static string OneLine(string message)
    {
        const int Half = 150;
        message = message.Length > 2 * Half ? $"{message[..Half]} … {message[^Half..]}" : message;
        return string.Concat(message.Select(letter => char.IsControl(letter) ? '?' : letter));
    }

    // Sessions of different files are different ones, and the same at each reading.
    private static long FirstSessionOf(string name)
    {
        var hash = Crc32C.Of(Encoding.UTF8.GetBytes(name));
        return ((long)(hash & 0x7FFF_FFFF) << 32) + 1;
    }

    private bool TryReadEntry(out RecordedEntry entry)
    {
        entry = default;
        while (_place == Place.BeforeEntries)
        {
            if (!TryStep(out var found))
            {
                throw new RecordingException($"{_name}: is JSON, but no HAR file: it has no log.entries; {RecordingLimits.Readable}");
            }

            _place = found ? Place.BetweenEntries : _place;
        }

        while (_place == Place.BetweenEntries)
        {
            if (!TryTakeEntry(out var document))
            {
                _place = Place.AfterEntries;
                break;
            }

            using (document)
            {
                if (TryMake(document!.RootElement, out entry, out var isLeftOut))
                {
                    return true;
                }

                _lostEntries += isLeftOut ? 0 : 1;
            }
        }

        // What follows the document, such as a second one, would be left out without a word.
        while (TryStep(out _))
        {
        }

        return false;
    }

    private bool TryMake(JsonElement element, out RecordedEntry entry, out bool isLeftOut)
    {
        isLeftOut = false;
        try
        {
            return _messages.TryMake(element, out entry, out isLeftOut);
        }
        catch (InvalidOperationException)
        {
            // A string in it holds half a character.
            entry = default;
            return false;
        }
    }

    /// <summary>Goes on by one token outside the entries.</summary>
    /// <param name="isEntries">True when it was the beginning of log.entries.</param>
    /// <returns>False at the end of the file.</returns>
    private bool TryStep(out bool isEntries)
    {
        while (true)
        {
            var isFinal = _octets.IsAtEnd;
            var reader = new Utf8JsonReader(_octets.Octets, isFinal, _state);
            if (reader.Read())
            {
                // What stands in front of an array can only be its name.
                isEntries = reader is { TokenType: JsonTokenType.PropertyName, CurrentDepth: 2 } && reader.ValueTextEquals("entries"u8);
                var isWhole = !isEntries || reader.Read();
                isEntries = isEntries && reader.TokenType == JsonTokenType.StartArray;
                if (isWhole)
                {
                    Advance(reader);
                    return true;
                }
            }

            if (!TryReadOn(isFinal))
            {
                isEntries = false;
                return false;
            }
        }
    }

    /// <summary>Takes the next entry as a whole.</summary>
    /// <returns>False at the end of the entries.</returns>
    private bool TryTakeEntry(out JsonDocument? document)
    {
        document = null;
        while (true)
        {
            var isFinal = _octets.IsAtEnd;
            var reader = new Utf8JsonReader(_octets.Octets, isFinal, _state);
            if (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.EndArray)
                {
                    Advance(reader);
                    return false;
                }

                if (JsonDocument.TryParseValue(ref reader, out document))
                {
                    Advance(reader);
                    return true;
                }
            }

            if (!TryReadOn(isFinal))
            {
                throw new JsonException("the file ends within its entries");
            }
        }
    }

    /// <summary>Twice as much each time, so that a large entry is not looked at for each of its pieces.</summary>
    /// <returns>False when the reader knew already that there is no more.</returns>
    private bool TryReadOn(bool isFinal) => _octets.Length > RecordingLimits.MaxEntryBytes
        ? throw new RecordingException(
            $"{_name}: has {(_place == Place.BetweenEntries ? "an entry" : "a value")} of more than "
            + $"{RecordingLimits.MaxEntryBytes >> 20} MiB at byte {_octets.Position}; larger ones are not read")
        : _octets.TryHold(Math.Clamp(_octets.Length * 2, 4096, RecordingLimits.MaxEntryBytes + 1)) || !isFinal;

    private void Advance(in Utf8JsonReader reader)
    {
        _state = reader.CurrentState;
        _octets.Skip((int)reader.BytesConsumed);
    }
}

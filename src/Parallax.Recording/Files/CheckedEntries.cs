using Parallax.Recording.Entries;
using Parallax.Recording.Plx;
using Parallax.Traffic.Contents;
using Parallax.Traffic.Exchanges;
using Parallax.Wire.Http1;

namespace Parallax.Recording.Files;

/// <summary>The entries of a recording, each one request at most, whatever made the file.</summary>
/// <remarks>
/// <para>What is sent again is sent octet for octet, so octets after the end of a request would be another request that no rule has looked
/// at, and octets that are missing would be taken from the request after it on the same connection. An entry with more than one request is
/// left out and counted; one that is not whole, or whose end readers may disagree about, is given as incomplete and never sent. Empty lines
/// after a request (RFC 9112 §2.2) are cut off.</para>
/// <para>An entry that has no number gets its place in the file, from 1, so that it can be asked for.</para>
/// <para>Requests are read as a capture reads them. Thread safety: none.</para>
/// </remarks>
public sealed class CheckedEntries : IRecordingReader
{
    private readonly IRecordingReader _reader;
    private readonly CheckedGzipStream? _gzip;
    private readonly string _name;
    private readonly MessageReader _request = new(MessageKind.Request, Http1Policy.Passive);
    private long _withMore;
    private long _read;

    /// <summary>Reads through <paramref name="reader"/>.</summary>
    /// <param name="reader">Disposed of with this.</param>
    /// <param name="gzip">What the reader reads, when the whole file is compressed; what is wrong with it is among the losses.</param>
    /// <param name="name">What the file is called in messages.</param>
    public CheckedEntries(IRecordingReader reader, CheckedGzipStream? gzip = null, string name = "")
    {
        ArgumentNullException.ThrowIfNull(reader);
        _reader = reader;
        _gzip = gzip;
        _name = name;
    }

    private enum Extent
    {
        One,
        Part,
        More,
    }

    /// <summary>The reader of a .plx file, which says more about the file; null for other formats.</summary>
    public PlxReader? Plx => _reader as PlxReader;

    /// <inheritdoc/>
    public long ReadBytes => _reader.ReadBytes;

    /// <inheritdoc/>
    public RecordingLosses Losses => _gzip?.Problem is not { } problem ? _reader.Losses
        : _reader.Losses + new RecordingLosses(_gzip.LeftOut, 0) { Problem = $"{_name}: {problem}" };

    /// <inheritdoc/>
    public IReadOnlyList<long> LeftOut
    {
        get
        {
            var leftOut = new long[LeftOutReasons.Count];
            for (var reason = 0; reason < _reader.LeftOut.Count; reason++)
            {
                leftOut[reason] = _reader.LeftOut[reason];
            }

            leftOut[(int)LeftOutReason.SeveralRequests] += _withMore;
            return leftOut;
        }
    }

    /// <inheritdoc/>
    public bool IsOfOneClient => _reader.IsOfOneClient;

    /// <inheritdoc/>
    public bool IsInOrder => _reader.IsInOrder;

    /// <inheritdoc/>
    public bool TryRead(out RecordedEntry entry)
    {
        while (TryReadOne(out entry))
        {
            if (!entry.HasRequest)
            {
                return true;
            }

            switch (ExtentOf(entry.Request, out var length))
            {
                case Extent.One:
                    entry = entry with { Request = entry.Request[..length] };
                    return true;
                case Extent.Part when entry.Facts.Flags.HasFlag(ExchangeFlags.RequestTruncated):
                    // It says so itself, and is not sent for that.
                    return true;
                case Extent.Part:
                    entry = entry with { Facts = entry.Facts with { Flags = entry.Facts.Flags | ExchangeFlags.RequestIncomplete } };
                    return true;
                default:
                    _withMore++;
                    break;
            }
        }

        return false;
    }

    /// <inheritdoc/>
    public void Dispose() => _reader.Dispose();

    // What looks like another format may only be what is left of this one.
    private bool TryReadOne(out RecordedEntry entry)
    {
        try
        {
            var isThere = _reader.TryRead(out entry);
            _read += isThere ? 1 : 0;
            if (isThere && entry.Facts.Id == 0)
            {
                entry = entry with { Facts = entry.Facts with { Id = _read } };
            }

            return isThere;
        }
        catch (RecordingException fault) when (_gzip?.Problem is { } problem)
        {
            throw new RecordingException($"{fault.Message}; {problem}", fault);
        }
    }

    private Extent ExtentOf(ReadOnlySpan<byte> octets, out int length)
    {
        _request.Reset();
        length = 0;
        while (true)
        {
            var readEvent = _request.Read(octets[length..], out var consumed);
            length += consumed;
            switch (readEvent.Kind)
            {
                case ReadEventKind.Head or ReadEventKind.Body:
                    break;
                case ReadEventKind.End:
                    return octets[length..].ContainsAnyExcept("\r\n"u8) ? Extent.More
                        : _request.IsIncomplete ? Extent.Part
                        : Extent.One;
                default:
                    return Extent.Part;
            }
        }
    }
}

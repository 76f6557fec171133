using System.Runtime.CompilerServices;

namespace Parallax.Wire.Http1;

/// <summary>The chunked transfer coding (RFC 9112 §7.1) as a machine that is stepped octet by octet through the framing and runs over
/// chunk data in one piece.</summary>
/// <remarks>Read loosely, the size is the digits at the beginning of its line, whatever follows them; a lone LF or CR ends the line too.
/// Data is always followed by CRLF. That is how Wireshark reads, and several of the ways in which chunks can be wrong make no sense
/// otherwise: where the data of a chunk ends with LF alone, some readers see the next chunk and some the end of the body.</remarks>
internal struct ChunkedReader
{
    //  chunk      = chunk-size [ chunk-ext ] CRLF chunk-data CRLF
    //  last-chunk = 1*("0") [ chunk-ext ] CRLF               followed by *( field-line CRLF ) CRLF
    //  chunk-ext  = *( ";" chunk-ext-name [ "=" ( token / quoted-string ) ] )

    private State _state;
    private Http1Error _error;
    private int _lineBytes;
    private int _trailerBytes;
    private long _remaining;
    private long _total;
    private bool _hasOldLines;
    private int _nameLength;
    private NameStart _name;

    private enum State : byte
    {
        SizeStart,
        Size,
        AfterSize,
        ExtensionStart,
        ExtensionName,
        AfterName,
        ExtensionValueStart,
        ExtensionValue,
        Quoted,
        QuotedPair,
        AfterQuoted,
        LooseExtension,
        SizeLf,
        Data,
        DataEnd,
        DataLf,
        TrailerStart,
        TrailerName,
        TrailerValue,
        TrailerLf,
        EndLf,
        Complete,
        Malformed,
    }

    internal bool HasTrailers { get; private set; }

    /// <summary>See <see cref="BodyReader.TrailerOctets"/>.</summary>
    internal readonly int TrailerOctets => _trailerBytes;

    /// <summary>What the last piece needs; once there was anything old, the last chunk's line and the trailers are two pieces.</summary>
    internal readonly OldChunkForm OldForm => !_hasOldLines ? OldChunkForm.None
        : _trailerBytes > 0 ? OldChunkForm.Trailers
        : OldChunkForm.Lines;

    /// <summary>See <see cref="BodyReader.Read"/>.</summary>
    internal BodyStatus Read(
        ReadOnlySpan<byte> octets, Http1Policy policy, out int consumed, out OctetRange content, out Http1Error error)
    {
        content = default;
        error = Http1Error.None;
        consumed = 0;
        while (consumed < octets.Length)
        {
            if (_state == State.Data)
            {
                var run = (int)Math.Min(_remaining, octets.Length - consumed);
                content = new OctetRange(consumed, run);
                consumed += run;
                _remaining -= run;
                _state = _remaining == 0 ? State.DataEnd : State.Data;
                return BodyStatus.NeedMore;
            }

            // A lone CR ends a size line read loosely; the octet after it is the first of the data.
            var endedBefore = _state == State.SizeLf && policy.LooseChunks && octets[consumed] != HttpOctets.LineFeed;
            _state = endedBefore ? OnSizeLineEnd(policy) : Step(octets[consumed++], policy);
            if (_state == State.Malformed)
            {
                error = _error;
                return BodyStatus.Malformed;
            }

            if (_state == State.Complete)
            {
                return BodyStatus.Complete;
            }

            if (_hasOldLines && _state == State.TrailerStart && _trailerBytes == 0)
            {
                return BodyStatus.NeedMore;
            }
        }

        return BodyStatus.NeedMore;
    }

    private State Step(byte octet, Http1Policy policy)
    {
        if (_state < State.Data)
        {
            return ++_lineBytes > policy.MaxChunkLineBytes
                ? Fail(Http1Error.ChunkLineTooLong)
                : OnSizeLine(octet, policy);
        }

        if (_state < State.TrailerStart)
        {
            return OnDataEnd(octet, policy);
        }

        return ++_trailerBytes > policy.MaxHeadBytes
            ? Fail(Http1Error.TrailersTooLarge)
            : OnTrailer(octet, policy);
    }

    private State OnSizeLine(byte octet, Http1Policy policy)
    {
        if (octet == HttpOctets.LineFeed && (_state == State.SizeLf || (policy.LooseChunks && _state != State.SizeStart)))
        {
            return OnSizeLineEnd(policy);
        }

        if (policy is { OldChunks: true, LooseChunks: false } && OnOldSizeLine(octet, policy) is { } next)
        {
            return next;
        }

        return _state switch
        {
            State.SizeStart => policy.LooseChunks && IsPadding(octet) ? State.SizeStart : OnSize(octet),
            State.Size => OnSizeOrItsEnd(octet, policy.LooseChunks),
            State.LooseExtension => octet == HttpOctets.CarriageReturn ? State.SizeLf : State.LooseExtension,
            State.SizeLf => Fail(Http1Error.InvalidChunkExtension),
            _ => OnExtension(octet),
        };
    }

    // Null for what a well-formed line has, too.
    private State? OnOldSizeLine(byte octet, Http1Policy policy)
    {
        var next = (_state, octet) switch
        {
            (State.Size or State.AfterSize or State.ExtensionName or State.AfterName or State.ExtensionValue or State.AfterQuoted,
                HttpOctets.LineFeed) => OnSizeLineEnd(policy),
            (State.Size or State.AfterSize, _) when HttpOctets.IsWhitespace(octet) => State.AfterSize,
            (State.ExtensionStart or State.ExtensionValueStart, _) when HttpOctets.IsWhitespace(octet) => _state,
            (State.ExtensionName or State.AfterName, _) when HttpOctets.IsWhitespace(octet) => State.AfterName,
            (State.ExtensionValue or State.AfterQuoted, _) when HttpOctets.IsWhitespace(octet) => State.AfterQuoted,
            _ => (State?)null,
        };
        _hasOldLines |= next is not null;
        return next;
    }

    private State OnSizeOrItsEnd(byte octet, bool loosely) => octet switch
    {
        (byte)';' => loosely ? State.LooseExtension : State.ExtensionStart,
        HttpOctets.CarriageReturn => State.SizeLf,
        _ when loosely && HexDigit(octet) < 0 => State.LooseExtension,
        _ => OnSize(octet),
    };

    private State OnSize(byte octet)
    {
        var digit = HexDigit(octet);
        if (digit < 0)
        {
            return Fail(Http1Error.InvalidChunkSize);
        }

        if (_remaining > (long.MaxValue - digit) >> 4)
        {
            return Fail(Http1Error.ChunkSizeOverflow);
        }

        _remaining = (_remaining << 4) | (long)digit;
        return State.Size;
    }

    private State OnExtension(byte octet)
    {
        var isToken = HttpOctets.Token.Contains(octet);
        return (_state, octet) switch
        {
            (State.AfterSize or State.ExtensionName or State.AfterName or State.ExtensionValue or State.AfterQuoted, (byte)';') =>
                State.ExtensionStart,
            (State.AfterSize or State.ExtensionName or State.AfterName or State.ExtensionValue or State.AfterQuoted,
                HttpOctets.CarriageReturn) => State.SizeLf,
            (State.ExtensionStart or State.ExtensionName, _) when isToken => State.ExtensionName,
            (State.ExtensionName or State.AfterName, (byte)'=') => State.ExtensionValueStart,
            (State.ExtensionValueStart or State.ExtensionValue, _) when isToken => State.ExtensionValue,
            (State.ExtensionValueStart, (byte)'"') => State.Quoted,
            (State.Quoted, (byte)'"') => State.AfterQuoted,
            (State.Quoted, (byte)'\\') => State.QuotedPair,
            (State.Quoted or State.QuotedPair, _) when !HttpOctets.Controls.Contains(octet) => State.Quoted,
            _ => Fail(Http1Error.InvalidChunkExtension),
        };
    }

    private State OnSizeLineEnd(Http1Policy policy)
    {
        _lineBytes = 0;
        if (_remaining == 0)
        {
            return State.TrailerStart;
        }

        if (_remaining > policy.MaxBodyBytes - _total)
        {
            return Fail(Http1Error.BodyTooLarge);
        }

        _total += _remaining;
        return State.Data;
    }

    private State OnDataEnd(byte octet, Http1Policy policy)
    {
        switch (_state, octet)
        {
            case (State.DataEnd, HttpOctets.CarriageReturn):
                return State.DataLf;
            case (State.DataLf, HttpOctets.LineFeed):
                return State.SizeStart;
            case (State.DataEnd, HttpOctets.LineFeed) when policy.OldChunks:
                _hasOldLines = true;
                return State.SizeStart;
            default:
                return Fail(Http1Error.InvalidChunkEnd);
        }
    }

    private State OnTrailer(byte octet, Http1Policy policy)
    {
        var loosely = policy.LooseChunks;
        if (octet == HttpOctets.LineFeed && policy.OldChunks && _state is State.TrailerStart or State.TrailerValue)
        {
            _hasOldLines = true;
            return _state == State.TrailerStart ? State.Complete : State.TrailerStart;
        }

        HasTrailers |= octet is not (HttpOctets.CarriageReturn or HttpOctets.LineFeed);
        return (_state, octet) switch
        {
            (State.TrailerStart, HttpOctets.CarriageReturn) => State.EndLf,
            (State.EndLf, HttpOctets.LineFeed) => State.Complete,
            (State.TrailerLf, HttpOctets.LineFeed) => State.TrailerStart,
            (State.TrailerStart, HttpOctets.LineFeed) when loosely => State.Complete,
            (State.TrailerValue, HttpOctets.LineFeed) when loosely => State.TrailerStart,
            (State.TrailerValue, HttpOctets.CarriageReturn) => State.TrailerLf,
            (State.TrailerLf, HttpOctets.CarriageReturn) when loosely => State.TrailerLf,
            _ when loosely => State.TrailerValue,
            (State.TrailerStart or State.TrailerName, _) when HttpOctets.Token.Contains(octet) => OnTrailerName(octet),
            (State.TrailerName, (byte)':') when policy.RefusesTrailer?.Invoke(_name[.._nameLength]) is not true => State.TrailerValue,
            (State.TrailerValue, _) when !HttpOctets.Controls.Contains(octet) => State.TrailerValue,
            _ => Fail(Http1Error.InvalidTrailer),
        };
    }

    private State OnTrailerName(byte octet)
    {
        _nameLength = _state == State.TrailerStart ? 0 : _nameLength;
        if (_nameLength < NameStart.Length)
        {
            _name[_nameLength++] = octet;
        }

        return State.TrailerName;
    }

    private State Fail(Http1Error error)
    {
        _error = error;
        return State.Malformed;
    }

    /// <summary>What C's strtol passes over before a number, but line ends.</summary>
    private static bool IsPadding(byte octet) => octet is HttpOctets.Space or HttpOctets.Tab or 0x0B or 0x0C;

    private static int HexDigit(byte octet) => octet switch
    {
        >= (byte)'0' and <= (byte)'9' => octet - '0',
        >= (byte)'a' and <= (byte)'f' => octet - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => octet - 'A' + 10,
        _ => -1,
    };

    // As much of a trailer's name as anybody asks about.
    [InlineArray(Length)]
    private struct NameStart
    {
        public const int Length = 32;
        private byte _first;
    }
}

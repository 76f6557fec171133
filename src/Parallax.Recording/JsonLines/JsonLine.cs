using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Parallax.Recording.Entries;
using Parallax.Traffic.Exchanges;
using Parallax.Wire;
using Parallax.Wire.Http1;

namespace Parallax.Recording.JsonLines;

/// <summary>What a line of JSON is, by its property <c>kind</c>.</summary>
internal enum LineKind
{
    /// <summary>An exchange.</summary>
    Exchange,

    /// <summary>A request whose exchange was not over.</summary>
    Request,

    /// <summary>Something else, such as an account.</summary>
    Other,
}

/// <summary>Reads one line of a file that <see cref="JsonLinesWriter"/> wrote.</summary>
/// <remarks>What stands twice in a line is an error: of two values one program takes the first and another the last. Thread safety: none.
/// </remarks>
internal sealed class JsonLine
{
    private static readonly LineProperties Properties = new(
        "id", "session", "sequence", "label", "requestFirst", "requestLast", "responseFirst", "responseLast", "client", "server", "vni",
        "flags", "marks", "mirror", "shadows");

    private static readonly LineProperties OfShadows = new("mirror", "failure", "sent", "last");

    private readonly LineValues _values;
    private readonly LineMessage _request;
    private readonly LineMessage _response;
    private readonly LineMessage _shadow;
    private readonly ArrayBufferWriter<byte> _shadows = new();
    private int _shadowCount;
    private byte[] _label = [];
    private byte[] _mirror = [];
    private EntryFacts _facts;
    private bool _areShadowsCarried;

    public JsonLine()
    {
        _values = new();
        _request = new(MessageKind.Request, _values);
        _response = new(MessageKind.Response, _values);
        _shadow = new(MessageKind.Response, _values);
    }

    /// <summary>The kind of a line, and the number of its form.</summary>
    /// <param name="line">The line.</param>
    /// <param name="schema">The number.</param>
    /// <exception cref="JsonException">It is no such line.</exception>
    public static LineKind KindOf(ReadOnlySpan<byte> line, out long schema)
    {
        var reader = new Utf8JsonReader(line);
        long? number = null;
        string? kind = null;
        ReadStart(ref reader);
        while ((number is null || kind is null) && reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var (isSchema, isKind) = (reader.ValueTextEquals("schema"u8), reader.ValueTextEquals("kind"u8));
            reader.Read();
            number = isSchema ? LineValues.Number(ref reader, "schema") : number;
            kind = isKind ? LineValues.TextOrNull(ref reader, "kind") : kind;
            reader.Skip();
        }

        schema = number ?? throw new JsonException("schema is missing; a line that parallax wrote begins with {\"schema\":");
        return kind switch
        {
            "exchange" => LineKind.Exchange,
            "request" => LineKind.Request,
            null => throw new JsonException("kind is missing; it must be exchange, or request"),
            _ => LineKind.Other,
        };
    }

    /// <summary>The number of an exchange and when it began: by that the lines of a request and of its exchange know each other.</summary>
    public static (long Id, long Begin) KeyOf(in RecordedEntry entry) => (entry.Facts.Id, entry.Facts.RequestFirst.Nanoseconds);

    /// <summary>Reads a line of an exchange or a request.</summary>
    /// <param name="line">The line.</param>
    /// <param name="entry">Valid until the next call.</param>
    /// <returns>False when HTTP/1 cannot carry what stands there.</returns>
    /// <exception cref="JsonException">It is not what it must be.</exception>
    public bool TryRead(ReadOnlySpan<byte> line, out RecordedEntry entry)
    {
        Clear();
        var reader = new Utf8JsonReader(line);
        ReadStart(ref reader);
        var seen = new Seen();
        var (expected, ofRequest, ofResponse) = (0, 0, 0);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (Properties.Find(reader, expected) is >= 0 and var place)
            {
                seen.Add(place, Properties[place]);
                expected = place + 1;
                reader.Read();
                Read(ref reader, place);
            }
            else if (_request.TryRead(ref reader, ref ofRequest) is >= 0 and var inRequest)
            {
                seen.Add(inRequest + 16, "a property of the request");
            }
            else if (_response.TryRead(ref reader, ref ofResponse) is >= 0 and var inResponse)
            {
                seen.Add(inResponse + 24, "a property of the response");
            }
            else
            {
                reader.Skip();
            }
        }

        while (reader.Read())
        {
        }

        if (!_request.HasHeaders)
        {
            throw new JsonException("requestHeaders is missing; the line is none of a recording");
        }

        return TryMake(out entry);
    }

    private static void ReadStart(ref Utf8JsonReader reader)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("is no JSON object");
        }
    }

    private bool TryMake(out RecordedEntry entry)
    {
        var (request, response) = (_request.Make(out var requestOctets), _response.Make(out var responseOctets));
        entry = new()
        {
            Facts = _facts,
            HasRequest = request == LineMessage.Making.Made,
            HasResponse = response == LineMessage.Making.Made,
            Request = requestOctets,
            Response = responseOctets,
            Label = _label,
            Mirror = _mirror,
            Shadows = new(_shadows.WrittenSpan, _shadowCount),
        };
        return request != LineMessage.Making.NotCarried && response != LineMessage.Making.NotCarried && _areShadowsCarried;
    }

    private void Clear()
    {
        _request.Clear();
        _response.Clear();
        _shadows.ResetWrittenCount();
        (_shadowCount, _label, _mirror, _areShadowsCarried) = (0, [], [], true);
        _facts = new() { SequenceInSession = -1, Vni = -1 };
    }

    private void Read(ref Utf8JsonReader reader, int place)
    {
        var name = Properties[place];
        switch (place)
        {
            case 0:
                _facts = _facts with { Id = LineValues.Number(ref reader, name) };
                break;
            case 1:
                _facts = _facts with { Session = LineValues.Number(ref reader, name) };
                break;
            case 2:
                _facts = _facts with { SequenceInSession = (int)LineValues.Number(ref reader, name, int.MinValue, int.MaxValue) };
                break;
            case 3:
                _label = ShortText(ref reader, name);
                break;
            case 4:
                _facts = _facts with { RequestFirst = Time(ref reader, name) };
                break;
            case 5:
                _facts = _facts with { RequestLast = Time(ref reader, name) };
                break;
            case 6:
                _facts = _facts with { ResponseFirst = Time(ref reader, name) };
                break;
            case 7:
                _facts = _facts with { ResponseLast = Time(ref reader, name) };
                break;
            case 8:
                _facts = _facts with { Client = End(ref reader, name) };
                break;
            case 9:
                _facts = _facts with { Server = End(ref reader, name) };
                break;
            case 10:
                _facts = _facts with { Vni = (int)LineValues.Number(ref reader, name, int.MinValue, int.MaxValue) };
                break;
            case 11:
                _facts = _facts with { Flags = LineValues.Flags<ExchangeFlags>(ref reader, name) };
                break;
            case 12:
                _facts = _facts with { Marks = LineValues.Flags<EntryMarks>(ref reader, name) };
                break;
            case 13:
                _mirror = ShortText(ref reader, name);
                break;
            default:
                ReadShadows(ref reader);
                break;
        }
    }

    private static Timestamp Time(ref Utf8JsonReader reader, string name) => new(LineValues.Number(ref reader, name));

    private static Endpoint End(ref Utf8JsonReader reader, string name) =>
        LineValues.TextOrNull(ref reader, name) is not { } text ? default
            : JsonText.TryEndpoint(text, out var endpoint) ? endpoint
            : throw LineValues.Wrong(name, "an address with its port, such as 192.0.2.1:80 or [2001:db8::1]:80, or null");

    private static byte Failure(ref Utf8JsonReader reader, string name) =>
        LineValues.TextOrNull(ref reader, name) is not { } text ? (byte)0
            : ShadowFailures.TryFind(text, out var failure) ? failure
            : throw LineValues.Wrong(name, "a reason such as response-timeout, or null");

    private byte[] ShortText(ref Utf8JsonReader reader, string name) =>
        !_values.TryLatin1(ref reader, name, out var octets) ? []
            : octets.Length <= byte.MaxValue ? octets.ToArray()
            : throw LineValues.Wrong(name, $"of {byte.MaxValue.ToString(CultureInfo.InvariantCulture)} octets at most");

    private void ReadShadows(ref Utf8JsonReader reader)
    {
        const string Right = "an array of objects, 65,535 at most";
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw LineValues.Wrong("shadows", Right);
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
        {
            if (++_shadowCount > RecordedShadows.MaxCount)
            {
                throw LineValues.Wrong("shadows", Right);
            }

            ReadShadow(ref reader);
        }

        if (reader.TokenType != JsonTokenType.EndArray)
        {
            throw LineValues.Wrong("shadows", Right);
        }
    }

    private void ReadShadow(ref Utf8JsonReader reader)
    {
        _shadow.Clear();
        var seen = new Seen();
        var (expected, ofResponse) = (0, 0);
        byte[] mirror = [];
        Timestamp sent = default, last = default;
        byte failure = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var place = OfShadows.Find(reader, expected);
            if (place < 0)
            {
                var inResponse = _shadow.TryRead(ref reader, ref ofResponse);
                seen.Add(inResponse < 0 ? -1 : inResponse + 24, "a property of a shadow");
                reader.Skip();
                continue;
            }

            var name = OfShadows[place];
            seen.Add(place, name);
            expected = place + 1;
            reader.Read();
            switch (place)
            {
                case 0:
                    mirror = ShortText(ref reader, name);
                    break;
                case 1:
                    failure = Failure(ref reader, name);
                    break;
                case 2:
                    sent = Time(ref reader, name);
                    break;
                default:
                    last = Time(ref reader, name);
                    break;
            }
        }

        _areShadowsCarried &= _shadow.Make(out var octets) != LineMessage.Making.NotCarried;
        new RecordedShadow { Mirror = mirror, Sent = sent, Last = last, Failure = failure, Response = octets }.AppendTo(_shadows);
    }

    // The properties that were there.
    private struct Seen
    {
        private uint _places;

        public void Add(int place, string name)
        {
            if (place >= 0 && (_places & (1u << place)) != 0)
            {
                throw new JsonException($"{name} stands twice");
            }

            _places |= place >= 0 ? 1u << place : 0;
        }
    }
}

using System.Buffers;
using System.Globalization;
using System.Text;
using Parallax.Recording.Entries;
using Parallax.Traffic.Exchanges;
using Parallax.Wire.Http1;

namespace Parallax.Shadows.Replay;

/// <summary>Makes the requests of a session use what the target issued, where the recorded ones use what the primary had issued.</summary>
/// <remarks>Thread safety: belongs to the loop's thread, but for <see cref="Substitutions"/>.</remarks>
/// <param name="isAutomatic">False when only what rules name is replaced.</param>
/// <param name="rules">What is replaced, or left alone, besides.</param>
internal sealed class StateMapper(bool isAutomatic, IReadOnlyList<StateRule> rules)
{
    // What a larger message needed is given back with the next one.
    private const int KeptBytes = 1 << 20;

    private readonly IssuedValues _recorded = new(isAutomatic, rules);
    private readonly IssuedValues _issued = new(isAutomatic, rules);
    private readonly RequestValues _found = new(rules);
    private readonly ClientStates _clients = new();
    private readonly long[] _replacedByRule = new long[rules.Count];
    private readonly HashSet<string> _learnt = [];
    private readonly RecordedMessage _message = new();
    private readonly ArrayBufferWriter<byte> _head = new();
    private readonly ArrayBufferWriter<byte> _body = new();
    private ArrayBufferWriter<byte> _whole = new();
    private MessageBuilder _builder;

    public SubstitutionCounters Substitutions { get; } = new();

    /// <summary>What came of each rule. Any thread.</summary>
    public IReadOnlyList<StateRuleAccount> Rules => [.. rules.Select((rule, at) => new StateRuleAccount(
        rule.Name, _recorded.FoundBy(at), Volatile.Read(ref _replacedByRule[at])))];

    /// <summary>A state for a new session.</summary>
    public StateMap NewSession(Endpoint client) => _clients.NewSession(client);

    /// <summary>Compares what the primary issued with what the target issued at the same places.</summary>
    /// <param name="state">The session's.</param>
    /// <param name="request">The recorded request.</param>
    /// <param name="recorded">The recorded response.</param>
    /// <param name="answer">The target's.</param>
    public void Learn(StateMap state, Message request, Message recorded, Message answer)
    {
        var target = rules.Count == 0 ? "" : Encoding.Latin1.GetString(request.Head.Target.Of(request.HeadOctets));
        _recorded.Read(WholeOf(recorded), target);
        if (_recorded.Values.Count == 0)
        {
            return;
        }

        _issued.Read(WholeOf(answer), target);
        _learnt.Clear();
        foreach (var (place, value) in _recorded.Values)
        {
            // Of two places with one value, that found first is the surer.
            if (_issued.Values.TryGetValue(place, out var issued) && (_learnt.Add(value) || _recorded.RuleOf(place) is not null))
            {
                state.Set(value, issued, _recorded.RuleOf(place));
            }
        }
    }

    /// <summary>The request with what the target issued in it.</summary>
    /// <param name="state">The session's.</param>
    /// <param name="request">As recorded; stays the caller's.</param>
    /// <returns>The caller's reference: to the request itself when nothing in it is replaced.</returns>
    public Message Apply(StateMap state, Message request)
    {
        if (state.IsEmpty || request.HeadOctets.IsEmpty || !request.IsComplete)
        {
            return request.Retain();
        }

        var octets = WholeOf(request);
        if (!_message.TryRead(MessageKind.Request, octets) || !_message.IsWhole)
        {
            return request.Retain();
        }

        var isBodyChanged = TryRewriteBody(state, octets);
        var inHead = _found.FindInHead(octets[..request.HeadOctets.Length], _message.Head, state);
        Count(inHead);
        if (!isBodyChanged && inHead.Count == 0)
        {
            return request.Retain();
        }

        WriteHead(octets[..request.HeadOctets.Length], inHead, isBodyChanged);
        return Rewritten(request, isBodyChanged ? _body.WrittenSpan : octets[request.HeadOctets.Length..], isBodyChanged);
    }

    private bool TryRewriteBody(StateMap state, ReadOnlySpan<byte> octets)
    {
        if (!_message.TryDecode(octets, out var body) || body.IsEmpty || _message.Decoding.HasRest)
        {
            return false;
        }

        var edits = _found.FindInBody(body, state);
        Count(edits);
        _body.ResetWrittenCount();
        Write(body, edits, _body);
        if (edits.Count > 0 && _message.IsCoded)
        {
            var coded = _message.Encode(_body.WrittenSpan);
            _body.ResetWrittenCount();
            _body.Write(coded);
        }

        return edits.Count > 0;
    }

    private void WriteHead(ReadOnlySpan<byte> head, IReadOnlyList<RequestValues.Edit> inHead, bool isBodyChanged)
    {
        _head.ResetWrittenCount();
        var edits = inHead.ToList();
        foreach (var edit in isBodyChanged ? FramingEdits(head) : [])
        {
            edits.Add(edit);
        }

        edits.Sort((one, other) => one.Start.CompareTo(other.Start));
        Write(head, edits, _head);
    }

    // The new body is sent with its length; chunks would have other borders.
    private List<RequestValues.Edit> FramingEdits(ReadOnlySpan<byte> head)
    {
        var edits = new List<RequestValues.Edit>();
        var line = Encoding.ASCII.GetBytes("Content-Length: " + _body.WrittenCount.ToString(CultureInfo.InvariantCulture));
        for (var at = 0; at < _message.Head.FieldCount; at++)
        {
            var field = _message.Head[at];
            var name = field.Name.Of(head);
            if (Ascii.EqualsIgnoreCase(name, "content-length"u8) || Ascii.EqualsIgnoreCase(name, "transfer-encoding"u8))
            {
                edits.Add(new(field.Name.Start, field.Value.End - field.Name.Start, line, SubstitutionPlace.Body));
            }
        }

        return edits;
    }

    private static void Write(ReadOnlySpan<byte> octets, IEnumerable<RequestValues.Edit> edits, ArrayBufferWriter<byte> to)
    {
        var done = 0;
        foreach (var edit in edits)
        {
            to.Write(octets[done..edit.Start]);
            to.Write(edit.Replacement);
            done = edit.End;
        }

        to.Write(octets[done..]);
    }

    private void Count(IReadOnlyList<RequestValues.Edit> edits)
    {
        foreach (var edit in edits)
        {
            Substitutions.Count(edit.Place);
            if (edit.Rule is { } rule)
            {
                Volatile.Write(ref _replacedByRule[rule], _replacedByRule[rule] + 1);
            }
        }
    }

    private Message Rewritten(Message request, ReadOnlySpan<byte> body, bool isBodyChanged)
    {
        _builder.Begin(request.Pool, MessageKind.Request);
        _builder.AppendHead(_head.WrittenSpan, Http1Policy.Passive, body.Length);
        _builder.Append(body);
        _builder.BodyOctets = isBodyChanged ? body.Length : request.BodyOctets;
        (_builder.FirstOctetAt, _builder.LastOctetAt) = (request.FirstOctetAt, request.LastOctetAt);
        return _builder.Seal(MessageState.Complete);
    }

    // Valid until the next call.
    private ReadOnlySpan<byte> WholeOf(Message message)
    {
        if (message.BlockCount == 1)
        {
            return message.Block(0).Span;
        }

        _whole = _whole.Capacity > KeptBytes ? new() : _whole;
        _whole.ResetWrittenCount();
        foreach (var block in message.Blocks)
        {
            _whole.Write(block.Span);
        }

        return _whole.WrittenSpan;
    }
}

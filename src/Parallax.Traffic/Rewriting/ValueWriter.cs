using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Parallax.Traffic.Exchanges;
using Parallax.Wire.Http1;

namespace Parallax.Traffic.Rewriting;

/// <summary>Writes what a <see cref="ValueTemplate"/> says for one exchange.</summary>
/// <remarks>Whatever a message holds, the value is one line: every control character of it becomes a blank. A stack-only view; the room
/// belongs to the calling thread. No allocation but for addresses.</remarks>
internal readonly ref struct ValueWriter
{
    private readonly ArrayBufferWriter<byte> _room;
    private readonly MessageHead? _request;
    private readonly ReadOnlySpan<byte> _requestOctets;
    private readonly MessageHead? _response;
    private readonly ReadOnlySpan<byte> _responseOctets;
    private readonly int _status;

    /// <summary>For the head of a request.</summary>
    public ValueWriter(MessageHead request, ReadOnlySpan<byte> octets, Latin1Scratch scratch)
    {
        _room = scratch.Value;
        _request = request;
        _requestOctets = octets;
    }

    /// <summary>For the head of a response.</summary>
    public ValueWriter(MessageHead? response, ReadOnlySpan<byte> octets, int status, HeadFacts? facts, Latin1Scratch scratch)
    {
        _room = scratch.Value;
        _request = facts?.Request;
        _requestOctets = facts is null ? default : facts.RequestOctets.Span;
        _response = response;
        _responseOctets = octets;
        _status = status;
    }

    /// <summary>The value; empty when there is none. Valid until the next one is asked for.</summary>
    public ReadOnlySpan<byte> Render(ValueTemplate template, in HeadInputs inputs)
    {
        _room.ResetWrittenCount();
        foreach (var part in template.Parts)
        {
            Write(part, inputs);
        }

        return _room.WrittenSpan.Trim(" "u8);
    }

    private void Write(ValueTemplate.Part part, in HeadInputs inputs)
    {
        var facts = inputs.Facts;
        switch (part.Operator)
        {
            case ValueOperator.Text:
                _room.Write(part.ArgumentOctets);
                break;
            case ValueOperator.Request:
                if (!TryWriteRequest(part.ArgumentOctets, part.Most, inputs))
                {
                    TryWriteRequest(part.AlternativeOctets, part.Most, inputs);
                }

                break;
            case ValueOperator.Response:
                if (!TryWriteResponse(part.ArgumentOctets, part.Most))
                {
                    TryWriteResponse(part.AlternativeOctets, part.Most);
                }

                break;
            case ValueOperator.Client or ValueOperator.ClientAddress or ValueOperator.ClientPort:
                WriteEnd(facts?.Client, part.Operator == ValueOperator.ClientPort, part.Operator == ValueOperator.ClientAddress);
                break;
            case ValueOperator.Local or ValueOperator.LocalAddress or ValueOperator.LocalPort:
                WriteEnd(facts?.Local, part.Operator == ValueOperator.LocalPort, part.Operator == ValueOperator.LocalAddress);
                break;
            case ValueOperator.Upstream:
                WriteEnd(facts?.Upstream, isPort: false, isAddress: false);
                break;
            case ValueOperator.Protocol:
                _room.Write(_request is null ? default : _request.VersionMinor == 0 ? "HTTP/1.0"u8 : "HTTP/1.1"u8);
                break;
            case ValueOperator.StartTime:
                WriteTime(facts?.StartedAt);
                break;
            case ValueOperator.ResponseCode:
                WriteNumber(_status);
                break;
            case ValueOperator.Nothing:
                break;
            default:
                throw new UnreachableException();
        }
    }

    private bool TryWriteRequest(ReadOnlySpan<byte> name, int most, in HeadInputs inputs)
    {
        if (_request is not { } head || name.IsEmpty)
        {
            return false;
        }

        if (name[0] == (byte)':')
        {
            WritePiece(OfRequestLine(head, name, inputs), most);
            return true;
        }

        // What the proxy itself says of the request is what goes on, whatever the client wrote.
        switch (FieldNames.Of(name))
        {
            case FieldName.RequestId when !inputs.RequestId.IsEmpty:
                WritePiece(inputs.RequestId, most);
                return true;
            case FieldName.ForwardedProto when !inputs.IsTrusted:
                WritePiece(inputs.IsTls ? "https"u8 : "http"u8, most);
                return true;
            case FieldName.Envoy or FieldName.ClientCertificate when !inputs.IsTrusted:
            case FieldName.ShadowMark or FieldName.ShadowProof when !inputs.IsShadow:
                return false;
            case FieldName.ForwardedFor when !inputs.ClientAddress.IsEmpty:
                WriteForwardedFor(head, inputs.ClientAddress, most);
                return true;
            default:
                return TryWriteField(head, _requestOctets, name, most);
        }
    }

    private ReadOnlySpan<byte> OfRequestLine(MessageHead head, ReadOnlySpan<byte> name, in HeadInputs inputs)
    {
        var target = TargetParts.Of(head, _requestOctets);
        return name switch
        {
            _ when name.SequenceEqual(":method"u8) => head.Method.Of(_requestOctets),
            _ when name.SequenceEqual(":scheme"u8) => inputs.IsTls ? "https"u8 : "http"u8,
            _ when name.SequenceEqual(":authority"u8) => (target.Authority.IsEmpty ? head.Host : target.Authority).Of(_requestOctets),
            _ => target.Path.IsEmpty ? "/"u8 : _requestOctets[target.Path.Start..head.Target.End],
        };
    }

    private void WriteForwardedFor(MessageHead head, ReadOnlySpan<byte> client, int most)
    {
        var start = _room.WrittenCount;
        for (var index = 0; index < head.FieldCount; index++)
        {
            var value = head[index].Value.Of(_requestOctets);
            if (!value.IsEmpty && FieldNames.Of(head[index].Name.Of(_requestOctets)) == FieldName.ForwardedFor)
            {
                WritePiece(value, most - (_room.WrittenCount - start));
                WritePiece(", "u8, most - (_room.WrittenCount - start));
            }
        }

        WritePiece(client, most - (_room.WrittenCount - start));
    }

    private bool TryWriteResponse(ReadOnlySpan<byte> name, int most)
    {
        if (name.SequenceEqual(":status"u8))
        {
            WriteNumber(_status);
            return true;
        }

        return _response is { } head && !name.IsEmpty && TryWriteField(head, _responseOctets, name, most);
    }

    // Of several lines the first counts, as in Envoy.
    private bool TryWriteField(MessageHead head, ReadOnlySpan<byte> octets, ReadOnlySpan<byte> name, int most)
    {
        if (!head.TryFind(octets, name, out var value))
        {
            return false;
        }

        WritePiece(value.Of(octets), most);
        return true;
    }

    // Octets of a message.
    private void WritePiece(ReadOnlySpan<byte> octets, int most)
    {
        octets = octets[..Math.Min(octets.Length, Math.Max(0, most))];
        var room = _room.GetSpan(octets.Length + 1);
        for (var at = 0; at < octets.Length; at++)
        {
            room[at] = octets[at] is < 0x20 or 0x7F ? (byte)' ' : octets[at];
        }

        _room.Advance(octets.Length);
    }

    private void WriteEnd(Endpoint? end, bool isPort, bool isAddress)
    {
        if (end is not { } known)
        {
            return;
        }

        if (isPort)
        {
            WriteNumber(known.Port);
        }
        else
        {
            Encoding.ASCII.GetBytes(isAddress ? known.Address.ToString() : known.ToString(), _room);
        }
    }

    private void WriteNumber(int number)
    {
        if (number > 0)
        {
            number.TryFormat(_room.GetSpan(16), out var length, default, CultureInfo.InvariantCulture);
            _room.Advance(length);
        }
    }

    private void WriteTime(DateTimeOffset? time)
    {
        if (time is { } known)
        {
            known.TryFormat(_room.GetSpan(32), out var length, "yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
            _room.Advance(length);
        }
    }
}

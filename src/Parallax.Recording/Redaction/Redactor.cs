using System.Buffers;
using System.Security.Cryptography;
using Parallax.Recording.Entries;
using Parallax.Traffic.Redaction;
using Parallax.Wire.Http1;

namespace Parallax.Recording.Redaction;

/// <summary>Replaces the secrets in messages before they are stored: credentials, cookies, fields that are not known to be harmless,
/// values of keys that are called like secrets, and whatever has the shape of one.</summary>
/// <remarks>A mark <c>⟦kind:hash⟧</c> stands in place of each, hashed with a key that is never stored: equal secrets stay equal within a
/// recording. A body that cannot be looked into is replaced as a whole. The framing stays right. Thread safety: none.</remarks>
public sealed class Redactor
{
    private const int KeyBytes = 32;

    private readonly MessageRedaction _request;
    private readonly MessageRedaction _response;
    private readonly ArrayBufferWriter<byte> _shadows = new();

    /// <summary>Whether a mark stands in a message, be it of a format that does not say whether its secrets were replaced.</summary>
    public static bool HasMark(ReadOnlySpan<byte> message) => SecretMarks.IsIn(message);

    /// <summary>A redactor with a random key.</summary>
    /// <param name="keptFields">Names of header fields, in any case, whose values are harmless besides those that are known to be.</param>
    /// <param name="keepsOpaque">True leaves bodies that are not text as they are; false, the default, withholds them.</param>
    public Redactor(IEnumerable<string>? keptFields = null, bool keepsOpaque = false)
        : this(RandomNumberGenerator.GetBytes(KeyBytes), keptFields, keepsOpaque)
    {
    }

    internal Redactor(byte[] key, IEnumerable<string>? keptFields = null, bool keepsOpaque = false)
    {
        var kept = (keptFields ?? []).ToHashSet(StringComparer.OrdinalIgnoreCase);
        _request = new(new(key), kept, keepsOpaque, Withheld);
        _response = new(new(key), kept, keepsOpaque, Withheld);
    }

    /// <summary>What could not be looked into. Any thread.</summary>
    public WithheldCounters Withheld { get; } = new();

    /// <summary>Replaces the secrets of an entry.</summary>
    /// <param name="entry">Not changed.</param>
    /// <returns>The same entry with other octets; valid until the next call, and as long as <paramref name="entry"/>.</returns>
    public RecordedEntry Redact(in RecordedEntry entry)
    {
        var marks = entry.Facts.Marks;
        var request = entry.Request;
        var response = entry.Response;
        if (entry.HasRequest)
        {
            request = _request.Redact(MessageKind.Request, request);
            marks |= (_request.IsChanged ? EntryMarks.RequestRedacted : 0) | (_request.IsWithheld ? EntryMarks.RequestBodyWithheld : 0);
        }

        var shadows = Redact(entry.Shadows);
        if (entry.HasResponse)
        {
            response = _response.Redact(MessageKind.Response, response);
            marks |= (_response.IsChanged ? EntryMarks.ResponseRedacted : 0) | (_response.IsWithheld ? EntryMarks.ResponseBodyWithheld : 0);
        }

        return new()
        {
            Facts = entry.Facts with { Marks = marks },
            HasRequest = entry.HasRequest,
            HasResponse = entry.HasResponse,
            Request = request,
            Response = response,
            Label = entry.Label,
            Mirror = entry.Mirror,
            Shadows = shadows,
        };
    }

    private RecordedShadows Redact(RecordedShadows shadows)
    {
        _shadows.ResetWrittenCount();
        foreach (var shadow in shadows)
        {
            var response = shadow.Response.IsEmpty ? default : _response.Redact(MessageKind.Response, shadow.Response);
            new RecordedShadow
            {
                Mirror = shadow.Mirror,
                Response = response,
                Failure = shadow.Failure,
                Sent = shadow.Sent,
                Last = shadow.Last,
            }.AppendTo(_shadows);
        }

        return new(_shadows.WrittenSpan, shadows.Count);
    }
}

using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Parallax.Proxy.Accounts;
using Parallax.Shadows.Clients;
using Parallax.Shadows.Delivery;
using Parallax.Traffic.Queues;

namespace Parallax.Runs.Proxying;

/// <summary>Makes the line of an entry.</summary>
/// <remarks>Thread safety: none; one per thread. A line is valid until the next one is made.</remarks>
internal sealed class AccessLine
{
    // Another number means that a property has another meaning or is gone.
    private const int Schema = 1;

    private readonly ArrayBufferWriter<byte> _line = new(1024);

    /// <summary>The line of a request.</summary>
    public ReadOnlySpan<byte> Of(in AccessEntry entry, bool isJson, DateTimeOffset now)
    {
        _line.ResetWrittenCount();
        if (isJson)
        {
            using var json = new Utf8JsonWriter(_line);
            WriteJson(json, entry, now);
        }
        else
        {
            WriteCommon(entry, now);
        }

        _line.Write("\n"u8);
        return _line.WrittenSpan;
    }

    /// <summary>The line of a copy.</summary>
    public ReadOnlySpan<byte> Of(in CopyEntry entry, bool isJson, DateTimeOffset now)
    {
        _line.ResetWrittenCount();
        var outcome = entry.Outcome;
        var result = entry.Drop != DropReason.None ? "dropped" : outcome.Result.ToString().ToLowerInvariant();
        var reason = entry.Drop != DropReason.None ? DropReasons.NameOf(entry.Drop)
            : outcome.Result == ShadowResult.Failed ? FailureReasons.NameOf(outcome.Failure)
            : outcome.Result == ShadowResult.Dropped ? DropReasons.NameOf(outcome.Drop)
            : "";
        var milliseconds = outcome.EndedAt > 0 && outcome.OfferedAt > 0 ? (outcome.EndedAt - outcome.OfferedAt) / 1e6 : 0;
        if (isJson)
        {
            using var json = new Utf8JsonWriter(_line);
            json.WriteStartObject();
            json.WriteNumber("schema", Schema);
            json.WriteString("kind", "copy");
            json.WriteString("time", now);
            json.WriteString("requestId", entry.RequestId);
            json.WriteString("cluster", entry.Cluster);
            json.WriteString("endpoint", entry.Target);
            json.WriteString("result", result);
            json.WriteString("reason", reason);
            json.WriteNumber("status", outcome.Status);
            json.WriteNumber("responseBytes", outcome.BodyOctets);
            json.WriteNumber("milliseconds", Math.Round(milliseconds, 3));
            json.WriteEndObject();
        }
        else
        {
            Write($"- - - [{Time(now)}] \"copy {entry.Cluster} {entry.Target}\" {outcome.Status} {outcome.BodyOctets} ");
            Write($"\"{result}\" \"{reason}\" {milliseconds:0.000} {entry.RequestId}");
        }

        _line.Write("\n"u8);
        return _line.WrittenSpan;
    }

    private static void WriteJson(Utf8JsonWriter json, in AccessEntry entry, DateTimeOffset now)
    {
        json.WriteStartObject();
        json.WriteNumber("schema", Schema);
        json.WriteString("kind", "request");
        json.WriteString("time", now);
        json.WriteString("requestId", Text(entry.RequestId));
        json.WriteString("client", entry.Client.ToString());
        json.WriteString("method", Text(entry.Method));
        json.WriteString("authority", Text(entry.Authority));
        json.WriteString("target", Text(entry.Target));
        json.WriteNumber("status", entry.Status);
        json.WriteBoolean("broken", entry.IsBroken);
        json.WriteString("reason", entry.Reason);
        json.WriteNumber("requestBytes", entry.RequestOctets);
        json.WriteNumber("responseBytes", entry.ResponseOctets);
        json.WriteNumber("milliseconds", Math.Round(entry.Duration / 1e6, 3));
        json.WriteString("route", entry.Route);
        json.WriteString("cluster", entry.Cluster);
        json.WriteString("endpoint", entry.Endpoint?.ToString());
        json.WriteNumber("retries", entry.Retries);
        json.WriteNumber("copies", entry.Copies);
        json.WriteString("userAgent", Text(entry.ValueOf("user-agent"u8)));
        json.WriteEndObject();
    }

    // The combined format of web servers, the time it took and the id after it.
    private void WriteCommon(in AccessEntry entry, DateTimeOffset now)
    {
        Write($"{entry.Client.Address} - - [{Time(now)}] \"");
        WriteQuoted(entry.Method);
        Write($" ");
        WriteQuoted(entry.Target);
        Write($" HTTP/1.{entry.VersionMinor}\" {entry.Status} {entry.ResponseOctets} \"");
        WriteQuoted(entry.ValueOf("referer"u8));
        Write($"\" \"");
        WriteQuoted(entry.ValueOf("user-agent"u8));
        Write($"\" {entry.Duration / 1e6:0.000} ");
        WriteQuoted(entry.RequestId);
    }

    private void WriteEscape(byte octet)
    {
        var escape = _line.GetSpan(4);
        escape[0] = (byte)'\\';
        escape[1] = (byte)'x';
        Convert.TryToHexString([octet], escape[2..], out _);
        _line.Advance(4);
    }

    private static string Time(DateTimeOffset now) => now.ToString("dd/MMM/yyyy:HH:mm:ss zz00", CultureInfo.InvariantCulture);

    private static string Text(ReadOnlySpan<byte> octets) => Encoding.Latin1.GetString(octets);

    private void Write(FormattableString text) => Encoding.UTF8.GetBytes(text.ToString(CultureInfo.InvariantCulture), _line);

    // What a client sends cannot end a field or a line of the log.
    private void WriteQuoted(ReadOnlySpan<byte> octets)
    {
        if (octets.IsEmpty)
        {
            _line.Write("-"u8);
            return;
        }

        foreach (var octet in octets)
        {
            if (octet is < 0x20 or (byte)'"' or (byte)'\\' or >= 0x7F)
            {
                WriteEscape(octet);
            }
            else
            {
                _line.GetSpan(1)[0] = octet;
                _line.Advance(1);
            }
        }
    }
}

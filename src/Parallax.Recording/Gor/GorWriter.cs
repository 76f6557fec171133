using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Parallax.Recording.Entries;
using Parallax.Wire;

namespace Parallax.Recording.Gor;

/// <summary>Writes GoReplay's .gor files: request, response and shadow responses of each entry one after the other.</summary>
/// <remarks>Thread safety: none.</remarks>
public sealed class GorWriter : IRecordingWriter
{
    private const int BufferBytes = 1 << 18;

    private readonly Stream _stream;
    private readonly ArrayBufferWriter<byte> _buffer = new(BufferBytes);

    /// <summary>Prepares writing.</summary>
    /// <param name="stream">Where to; disposed of with the writer.</param>
    public GorWriter(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        _stream = stream;
    }

    /// <inheritdoc/>
    public bool TryWrite(in RecordedEntry entry)
    {
        if (!CanCarry(entry))
        {
            return false;
        }

        Span<byte> made = stackalloc byte[24];
        var id = entry.Label.IsEmpty || entry.Label.ContainsAny((byte)' ', (byte)'\n') ? Id(entry.Facts, made) : entry.Label;
        if (entry.HasRequest)
        {
            Write(GorKind.Request, id, entry.Facts.RequestFirst, entry.Facts.RequestLast, entry.Request);
        }

        if (entry.HasResponse)
        {
            Write(GorKind.Response, id, entry.Facts.ResponseFirst, entry.Facts.ResponseLast, entry.Response);
        }

        foreach (var shadow in entry.Shadows)
        {
            if (!shadow.Response.IsEmpty)
            {
                Write(GorKind.ShadowResponse, id, shadow.Sent, shadow.Last, shadow.Response);
            }
        }

        if (_buffer.WrittenCount >= BufferBytes)
        {
            Flush();
        }

        return true;
    }

    /// <inheritdoc/>
    public void Finish() => Flush();

    /// <summary>Closes the file as it is.</summary>
    public void Dispose() => _stream.Dispose();

    private static bool CanCarry(in RecordedEntry entry)
    {
        foreach (var shadow in entry.Shadows)
        {
            if (!CanCarry(shadow.Response))
            {
                return false;
            }
        }

        return CanCarry(entry.Request) && CanCarry(entry.Response);
    }

    // The line feeds around the payload count too: it may begin or end with the rest of a separator.
    private static bool CanCarry(ReadOnlySpan<byte> payload) =>
        payload.IndexOf(GorRecord.Separator) < 0
        && !payload.StartsWith(GorRecord.Separator[1..])
        && !payload.EndsWith(GorRecord.Separator[..^1])
        && !payload.SequenceEqual(GorRecord.Separator[1..^1]);

    /// <summary>What stands for connection and request: client port, server port, the last four octets of the client's address, and our own
    /// number of the exchange.</summary>
    private static ReadOnlySpan<byte> Id(in EntryFacts facts, Span<byte> made)
    {
        var address = facts.Client.Address.Low & uint.MaxValue;
        var number = facts.Id & uint.MaxValue;
        var text = string.Create(
            CultureInfo.InvariantCulture, $"{facts.Client.Port:x4}{facts.Server.Port:x4}{address:x8}{number:x8}");
        Encoding.ASCII.GetBytes(text, made);
        return made;
    }

    private void Write(GorKind kind, ReadOnlySpan<byte> id, Timestamp first, Timestamp last, ReadOnlySpan<byte> payload)
    {
        var to = _buffer.GetSpan(id.Length + payload.Length + 64);
        to[0] = (byte)kind;
        to[1] = (byte)' ';
        id.CopyTo(to[2..]);
        var length = 2 + id.Length;
        length += Number(to[length..], first.Nanoseconds);
        length += last.IsKnown ? Number(to[length..], last.Since(first)) : 0;
        to[length++] = (byte)'\n';
        payload.CopyTo(to[length..]);
        length += payload.Length;
        GorRecord.Separator.CopyTo(to[length..]);
        _buffer.Advance(length + GorRecord.Separator.Length);
    }

    private static int Number(Span<byte> to, long number)
    {
        to[0] = (byte)' ';
        Utf8Formatter.TryFormat(number, to[1..], out var written);
        return written + 1;
    }

    private void Flush()
    {
        _stream.Write(_buffer.WrittenSpan);
        _buffer.ResetWrittenCount();
    }
}

using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Parallax.Traffic.Exchanges;
using Parallax.Wire.Http1;

namespace Parallax.Cli.Output;

/// <summary>Writes exchanges as tab-separated rows: proto, client, server, seq, method, host, uri, req_len, req_sha, status, resp_len,
/// resp_sha, flags. Lengths are content octets (chunk framing removed, coding kept), sha is the first 12 hex digits of their SHA-1,
/// "?" is a body that never completes, "-" is nothing. Rows of a recording have three columns more: id, time and latency_ms.</summary>
/// <remarks>A body after a head with folded fields has a length but no digest ("?"): readers differ about where such a body begins, so
/// its octets are not certain. What its sender broke off or framed wrongly is counted as far as it went.
/// Thread safety: one thread.</remarks>
/// <param name="output">Where to.</param>
/// <param name="isOfRecording">True when exchanges come from a recording, with their whole bodies; otherwise a capture has made the
/// digests.</param>
internal sealed class ExchangeTable(TextWriter output, bool isOfRecording = false)
{
    private const int DigestBytes = 20;

    private readonly StringBuilder _row = new();
    private readonly IncrementalHash? _hash = isOfRecording ? CreateHash() : null;

    public void WriteTitle() =>
        output.Write("#proto\tclient\tserver\tseq\tmethod\thost\turi\treq_len\treq_sha\tstatus\tresp_len\tresp_sha\tflags"
            + (isOfRecording ? "\tid\ttime\tlatency_ms\n" : "\n"));

    public void Write(Exchange exchange)
    {
        _row.Clear();
        _row.Append("h1\t").Append(AddressAndPort(exchange.Client)).Append('\t').Append(AddressAndPort(exchange.Server)).Append('\t')
            .Append(exchange.SequenceInSession.ToString(CultureInfo.InvariantCulture)).Append('\t');
        AppendRequest(exchange.Request);
        AppendResponse(exchange);
        AppendFlags(exchange);
        if (isOfRecording)
        {
            AppendPlace(exchange);
        }

        output.Write(_row.Append('\n'));
    }

    private static string AddressAndPort(Endpoint endpoint) =>
        string.Create(CultureInfo.InvariantCulture, $"{endpoint.Address}:{endpoint.Port}");

    private void AppendRequest(Message? request)
    {
        if (request is null)
        {
            _row.Append("-\t-\t-\t-\t-\t");
            return;
        }

        var head = request.Head;
        AppendText(head.Method.Of(request.HeadOctets));
        _row.Append('\t');
        AppendText(head.Host.Of(request.HeadOctets));
        _row.Append('\t');
        AppendText(FirstWord(head.Target.Of(request.HeadOctets)));
        _row.Append('\t');
        AppendBody(request, hasNone: false);
    }

    private void AppendResponse(Exchange exchange)
    {
        if (exchange.Response is not { } response)
        {
            _row.Append("-\t-\t-\t");
            return;
        }

        var status = response.Head.StatusCode;
        _row.Append(status.ToString(CultureInfo.InvariantCulture)).Append('\t');
        AppendBody(response, exchange.Request?.Head.KnownMethod == KnownMethod.Head || status is 101 or 204 or 304);
    }

    private void AppendBody(Message message, bool hasNone)
    {
        if (!hasNone && message.IsIncomplete && !message.IsBroken)
        {
            _row.Append("?\t?\t");
            return;
        }

        _row.Append((hasNone ? 0 : message.BodyOctets).ToString(CultureInfo.InvariantCulture)).Append('\t');
        var digest = hasNone || message.BodyOctets == 0 ? [] : DigestOf(message, stackalloc byte[DigestBytes]);
        _row.Append(message.Head.HasFolds ? "?" : digest.IsEmpty ? "-" : Convert.ToHexStringLower(digest[..6])).Append('\t');
    }

    // What a recording holds of a body that was too long to be recorded says nothing of the body.
    private ReadOnlySpan<byte> DigestOf(Message message, Span<byte> digest)
    {
        if (_hash is null || message.IsTruncated)
        {
            return _hash is null ? message.ContentDigest : [];
        }

        foreach (var piece in message.Content)
        {
            _hash.AppendData(piece.Span);
        }

        return digest[.._hash.GetHashAndReset(digest)];
    }

    private void AppendPlace(Exchange exchange)
    {
        var (request, response) = (exchange.Request, exchange.Response);
        var begin = request is { FirstOctetAt.IsKnown: true } ? request.FirstOctetAt : response?.FirstOctetAt ?? default;
        _row.Append('\t').Append(exchange.Id.ToString(CultureInfo.InvariantCulture)).Append('\t')
            .Append(begin.IsKnown ? begin.ToText() : "-").Append('\t')
            .Append(request is { LastOctetAt.IsKnown: true } && response is { FirstOctetAt.IsKnown: true }
                ? (Math.Max(0, response.FirstOctetAt.Since(request.LastOctetAt)) / 1e6).ToString("0.000", CultureInfo.InvariantCulture)
                : "-");
    }

    private void AppendFlags(Exchange exchange)
    {
        var start = _row.Length;
        var flags = exchange.Flags;
        AppendIf('Q', flags.HasFlag(ExchangeFlags.RequestIncomplete));
        AppendIf('R', flags.HasFlag(ExchangeFlags.ResponseIncomplete));
        AppendIf('X', flags.HasFlag(ExchangeFlags.NoResponse));
        AppendIf('O', flags.HasFlag(ExchangeFlags.OrphanResponse));
        AppendIf('c', exchange.Request?.Head.IsChunked == true);
        AppendIf('C', exchange.Response?.Head.IsChunked == true);
        AppendIf('z', exchange.Response is { } response && IsCoded(response));
        AppendIf('U', flags.HasFlag(ExchangeFlags.Upgraded));
        AppendIf('T', flags.HasFlag(ExchangeFlags.Tunnelled));
        AppendIf('G', flags.HasFlag(ExchangeFlags.GapInFlow));
        AppendIf('S', flags.HasFlag(ExchangeFlags.SnapCut));
        AppendIf('M', flags.HasFlag(ExchangeFlags.MidStream));
        AppendIf('1', flags.HasFlag(ExchangeFlags.InterimSeen));
        AppendIf('E', flags.HasFlag(ExchangeFlags.EarlyResponse));
        if (_row.Length == start)
        {
            _row.Append('-');
        }
    }

    private void AppendIf(char flag, bool condition)
    {
        if (condition)
        {
            _row.Append(flag);
        }
    }

    /// <summary>A target that holds spaces is shown up to the first, where most servers end it.</summary>
    private static ReadOnlySpan<byte> FirstWord(ReadOnlySpan<byte> target) =>
        target.IndexOf((byte)' ') is var space and >= 0 ? target[..space] : target;

    private static bool IsCoded(Message response) =>
        response.Head.TryFind(response.HeadOctets, "Content-Encoding"u8, out var coding)
        && !coding.IsEmpty
        && !Ascii.EqualsIgnoreCase(coding.Of(response.HeadOctets), "identity"u8);

    /// <summary>Printable US-ASCII as it is, everything else as an escape, so that a row is always one line of thirteen columns.</summary>
    private void AppendText(ReadOnlySpan<byte> octets)
    {
        if (octets.IsEmpty)
        {
            _row.Append('-');
        }

        foreach (var octet in octets)
        {
            _ = octet switch
            {
                (byte)'\\' => _row.Append(@"\\"),
                (byte)'\t' => _row.Append(@"\t"),
                (byte)'\n' => _row.Append(@"\n"),
                (byte)'\r' => _row.Append(@"\r"),
                >= 0x20 and < 0x7F => _row.Append((char)octet),
                _ => _row.Append(@"\x").Append(octet.ToString("x2", CultureInfo.InvariantCulture)),
            };
        }
    }

#pragma warning disable CA5350 // No secret depends on it: SHA-1 is what other tools write in this column.
    private static IncrementalHash CreateHash() => IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
#pragma warning restore CA5350
}

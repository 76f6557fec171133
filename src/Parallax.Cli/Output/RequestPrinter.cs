using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Parallax.Runs.Capturing;
using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Queues;

namespace Parallax.Cli.Output;

/// <summary>Prints captured requests on standard output, for people or as JSON lines, on its own thread: a slow reader costs
/// lines, which are counted, never packets.</summary>
/// <remarks>Values of headers that carry credentials are replaced unless raw output is asked for. Thread safety: requests are offered
/// from any thread.</remarks>
internal sealed class RequestPrinter : IRequestSink, IDisposable
{
    private const int QueueItems = 10_000;
    private const long QueueBytes = 128 << 20;
    private const int ShownBodyBytes = 2_000;

    private static readonly SearchValues<byte> Unprintable = SearchValues.Create(
        [.. Enumerable.Range(0, 256).Where(octet => octet is < 0x20 and not (9 or 10 or 13) or 0x7F).Select(octet => (byte)octet)]);

    private readonly Stream _output;
    private readonly bool _asJson;
    private readonly bool _raw;
    private readonly bool _mayWait;
    private readonly CancellationToken _stop;
    private readonly Action _onClosed;
    private readonly DropCounters _drops = new();
    private readonly SemaphoreSlim _there = new(0);
    private readonly SemaphoreSlim _room = new(0);
    private readonly BoundedQueue<(Message Request, RequestContext Context)> _queue;
    private readonly OutsideWork _work;
    private readonly StringBuilder _text = new();
    private volatile bool _ending;
    private volatile bool _isGivenUp;
    private volatile IOException? _fault;
    private long _offered;
    private long _printed;
    private long _unwritten;

    /// <summary>Starts the printer.</summary>
    /// <param name="output">Where to; not disposed of.</param>
    /// <param name="asJson">One JSON object a line instead of text.</param>
    /// <param name="raw">True shows credentials.</param>
    /// <param name="mayWait">True makes the one who offers wait for a slow reader instead of dropping: for files.</param>
    /// <param name="onClosed">Called once, from any thread, that the output can no longer be written; what is offered then is not
    /// printed.</param>
    /// <param name="stop">Ends the waiting for a slow reader.</param>
    public RequestPrinter(Stream output, bool asJson, bool raw, bool mayWait, Action onClosed, CancellationToken stop)
    {
        _output = output;
        _asJson = asJson;
        _raw = raw;
        _mayWait = mayWait;
        _stop = stop;
        _onClosed = onClosed;
        _queue = new(QueueItems, mayWait ? long.MaxValue / 4 : QueueBytes, _drops, () => _there.Release());
        _work = new("print", Print);
    }

    public PrintAccount Account
    {
        get
        {
            var printed = Volatile.Read(ref _printed);
            return new(printed, _isGivenUp ? Volatile.Read(ref _offered) - printed : _drops.Total + Volatile.Read(ref _unwritten), _fault);
        }
    }

    public void Offer(Message request, in RequestContext context)
    {
        Interlocked.Increment(ref _offered);
        while (_mayWait && (_queue.Items > QueueItems / 2 || _queue.Bytes > QueueBytes / 2) && !_ending && !_stop.IsCancellationRequested)
        {
            _room.Wait(TimeSpan.FromMilliseconds(10));
        }

        if (_queue.Offer((request.Retain(), context), request.RawOctets) != DropReason.None)
        {
            request.Dispose();
        }
    }

    /// <summary>Prints what is queued and ends. A second call does nothing.</summary>
    /// <param name="giveUp">Ends the waiting for a reader that hangs: what is not printed then is counted as dropped.</param>
    public void End(CancellationToken giveUp)
    {
        if (_ending)
        {
            return;
        }

        _ending = true;
        _queue.Complete();
        _there.Release();
        if (!_work.AwaitEnd(giveUp))
        {
            _isGivenUp = true;
        }
    }

    /// <summary>Ends it, and waits as long as it takes.</summary>
    public void Dispose() => End(CancellationToken.None);

    private void Print()
    {
        var isOpen = true;
        while (true)
        {
            while (_queue.TryTake(out var next))
            {
                isOpen = isOpen && !_isGivenUp && TryWrite(next.Request, next.Context);
                _unwritten += isOpen ? 0 : 1;
                next.Request.Dispose();
            }

            if (_room.CurrentCount == 0)
            {
                _room.Release();
            }

            if (_ending && _queue.Items == 0)
            {
                return;
            }

            _there.Wait();
        }
    }

    /// <summary>False when nobody reads it any longer (the pipe is closed), or the disk is full.</summary>
    private bool TryWrite(Message request, in RequestContext context)
    {
        try
        {
            _output.Write(_asJson ? Json(request, context) : Encoding.UTF8.GetBytes(Text(request, context)));
            Interlocked.Increment(ref _printed);
            return true;
        }
        catch (IOException fault)
        {
            _fault = fault;
            _onClosed();
            return false;
        }
    }

    private string Text(Message request, in RequestContext context)
    {
        var head = request.Head;
        var octets = request.HeadOctets;
        _text.Clear();
        _text.Append(CultureInfo.InvariantCulture, $"# {context.ExchangeId} {Time(request)} from {context.Client}{Marks(request)}\n");
        if (octets.IsEmpty)
        {
            return _text.Append('\n').ToString();
        }

        var firstField = head.FieldCount > 0 ? head[0].Name.Start : octets.Length;
        AppendPrintable(octets[..firstField].TrimEnd("\r\n"u8));
        for (var i = 0; i < head.FieldCount; i++)
        {
            var name = head[i].Name.Of(octets);
            _text.Append('\n');
            AppendPrintable(name);
            _text.Append(": ");
            AppendPrintable(_raw || !Credentials.Carries(name) ? head[i].Value.Of(octets) : Credentials.Replacement);
        }

        _text.Append("\n\n");
        AppendBody(request);
        return _text.ToString();
    }

    private void AppendBody(Message request)
    {
        if (request.BodyOctets == 0)
        {
            return;
        }

        var body = request.FirstBodyOctets;
        var shown = Encoding.UTF8.GetString(body[..Math.Min(body.Length, ShownBodyBytes)]).ReplaceLineEndings("\n");
        if (body.ContainsAny(Unprintable) || shown.Split('\n', '\t').Any(line => OneLine.Of(line) != line))
        {
            _text.Append(CultureInfo.InvariantCulture, $"[{request.BodyOctets} octets]\n\n");
            return;
        }

        _text.Append(shown);
        _text.Append(body.Length > ShownBodyBytes ? $"… [{request.BodyOctets} octets]\n\n" : "\n\n");
    }

    private byte[] Json(Message request, in RequestContext context)
    {
        var head = request.Head;
        var octets = request.HeadOctets;
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("kind", "request");
            json.WriteNumber("id", context.ExchangeId);
            json.WriteNumber("session", context.Session);
            json.WriteString("time", Time(request));
            json.WriteString("client", context.Client.ToString());
            json.WriteString("method", Latin1(head.Method.Of(octets)));
            json.WriteString("target", Latin1(head.Target.Of(octets)));
            json.WriteStartArray("headers");
            for (var i = 0; i < head.FieldCount; i++)
            {
                var name = head[i].Name.Of(octets);
                json.WriteStartArray();
                json.WriteStringValue(Latin1(name));
                json.WriteStringValue(Latin1(_raw || !Credentials.Carries(name) ? head[i].Value.Of(octets) : Credentials.Replacement));
                json.WriteEndArray();
            }

            json.WriteEndArray();
            json.WriteNumber("bodyOctets", request.BodyOctets);
            json.WriteBoolean("complete", request.IsComplete);
            json.WriteEndObject();
        }

        buffer.Write("\n"u8);
        return buffer.WrittenSpan.ToArray();
    }

    private static string Time(Message request) =>
        request.FirstOctetAt.ToDateTimeOffset().ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);

    private static string Marks(Message request) =>
        (request.IsIncomplete ? " incomplete" : "") + (request.IsTruncated ? " truncated" : "");

    private static string Latin1(ReadOnlySpan<byte> octets) => Encoding.Latin1.GetString(octets);

    private void AppendPrintable(ReadOnlySpan<byte> octets)
    {
        foreach (var octet in octets)
        {
            // From 0x80 to 0x9F stand control characters that terminals obey, too.
            _text.Append(octet is (>= 0x20 and < 0x7F) or >= 0xA0 or 9 ? (char)octet : '·');
        }
    }
}

using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Parallax.TestKit;

/// <summary>One end of a connection, for a test that thinks in octets.</summary>
/// <remarks>Thread safety: one reader and one writer at a time; <see cref="Dispose"/> may be called by any thread.</remarks>
public sealed class TestWire : IDisposable
{
    private readonly Socket? _socket;
    private readonly Stream _stream;
    private readonly Action _reset;
    private readonly Action _end;
    private byte[] _buffer = new byte[1 << 16];
    private int _start;
    private int _filled;

    /// <summary>A real connection.</summary>
    /// <param name="socket">Connected; the wire takes ownership.</param>
    /// <param name="number">The connection's number at the server, from 0.</param>
    public TestWire(Socket socket, int number = 0)
        : this(new NetworkStream(socket, ownsSocket: false), number, () => socket.Close(0), () => socket.Shutdown(SocketShutdown.Send)) =>
        _socket = socket;

    /// <summary>Another connection, such as one of a simulated network.</summary>
    /// <param name="stream">Its octets; not disposed of.</param>
    /// <param name="number">The connection's number at the server, from 0.</param>
    /// <param name="reset">Closes it with a reset.</param>
    /// <param name="end">Ends our direction.</param>
    public TestWire(Stream stream, int number, Action reset, Action end) =>
        (_stream, Number, _reset, _end) = (stream, number, reset, end);

    /// <summary>The connection's number at the server, from 0.</summary>
    public int Number { get; }

    /// <summary>The connection as a stream, for a peer that speaks TLS.</summary>
    public Stream Stream => _stream;

    private Socket RealSocket => _socket ?? throw new NotSupportedException("not a real connection");

    private ReadOnlySpan<byte> Pending => _buffer.AsSpan(_start, _filled - _start);

    public static async Task<TestWire> ConnectAsync(IPEndPoint address)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(address);
        return new TestWire(socket);
    }

    public async Task WriteAsync(byte[] octets)
    {
        if (_socket is null)
        {
            await _stream.WriteAsync(octets);
            return;
        }

        for (var at = 0; at < octets.Length;)
        {
            at += await _socket.SendAsync(octets.AsMemory(at));
        }
    }

    public Task WriteAsync(string text) => WriteAsync(Encoding.Latin1.GetBytes(text));

    /// <summary>Ends our direction.</summary>
    public void End() => _end();

    /// <summary>Reads what comes and answers nothing, until the other end ends.</summary>
    public Task HangAsync() => ReadToEndAsync();

    /// <summary>Writes until the peer takes no more.</summary>
    public void Fill()
    {
        var socket = RealSocket;
        socket.Blocking = false;
        var octets = new byte[1 << 16];
        SocketError error;
        do
        {
            socket.Send(octets, SocketFlags.None, out error);
        }
        while (error == SocketError.Success);
    }

    /// <summary>Closes with a reset.</summary>
    public void Reset() => _reset();

    /// <summary>Closes without a word to the other end (TCP_REPAIR).</summary>
    /// <returns>False where that is not allowed: it needs CAP_NET_ADMIN on Linux.</returns>
    public bool TryVanish()
    {
        const int Tcp = 6;
        const int Repair = 19;
        try
        {
            RealSocket.SetRawSocketOption(Tcp, Repair, BitConverter.GetBytes(1));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
        finally
        {
            RealSocket.Close(0);
        }
    }

    public void Dispose() => _socket?.Dispose();

    /// <summary>The next message; null at the end of the connection. A body without length reaches to the end.</summary>
    /// <param name="isHead">True for the response to HEAD.</param>
    public async Task<RawMessage?> ReadAsync(bool isHead = false)
    {
        var head = await ReadHeadAsync();
        return head is null ? null : new RawMessage(head, isHead ? [] : await ReadBodyAsync(head)) { Connection = Number };
    }

    /// <summary>The body after a head.</summary>
    public async Task<byte[]> ReadBodyAsync(string head)
    {
        if (HasNoBody(head))
        {
            return [];
        }

        var message = new RawMessage(head, []);
        if (message.IsChunked)
        {
            return await ReadChunkedAsync();
        }

        if (message["content-length"] is { } length)
        {
            return await ReadExactlyAsync(int.Parse(length, CultureInfo.InvariantCulture));
        }

        return head.StartsWith("HTTP/", StringComparison.Ordinal) ? await ReadToEndAsync() : [];
    }

    public async Task<string?> ReadHeadAsync()
    {
        while (true)
        {
            var length = Pending.IndexOf("\r\n\r\n"u8);
            if (length >= 0)
            {
                return Encoding.Latin1.GetString(Take(length + 4));
            }

            if (!await FillAsync())
            {
                return _filled == _start ? null : throw new InvalidOperationException("ended in a head");
            }
        }
    }

    public async Task<byte[]> ReadExactlyAsync(int length)
    {
        while (_filled - _start < length)
        {
            if (!await FillAsync())
            {
                throw new InvalidOperationException($"ended {length - (_filled - _start)} octets early");
            }
        }

        return Take(length);
    }

    /// <summary>Whatever comes next; empty at the end.</summary>
    public async Task<byte[]> ReadSomeAsync()
    {
        if (_start == _filled)
        {
            await FillAsync();
        }

        return Take(_filled - _start);
    }

    public async Task<byte[]> ReadToEndAsync()
    {
        while (await FillAsync())
        {
        }

        return Take(_filled - _start);
    }

    /// <summary>True when the peer ended or reset the connection and sent nothing more.</summary>
    public async Task<bool> IsAtEndAsync()
    {
        try
        {
            return _start == _filled && !await FillAsync();
        }
        catch (SocketException)
        {
            return true;
        }
    }

    // Chunk framing and trailers included: a message is kept as it was on the wire.
    private async Task<byte[]> ReadChunkedAsync()
    {
        var body = new List<byte>();
        while (true)
        {
            var line = await ReadLineAsync();
            body.AddRange(line);
            var digits = Encoding.Latin1.GetString(line).Split(';')[0].Trim();
            var size = int.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            if (size > 0)
            {
                body.AddRange(await ReadExactlyAsync(size + 2));
                continue;
            }

            do
            {
                line = await ReadLineAsync();
                body.AddRange(line);
            }
            while (line.Length > 2);
            return [.. body];
        }
    }

    private async Task<byte[]> ReadLineAsync()
    {
        while (true)
        {
            var length = Pending.IndexOf((byte)'\n');
            if (length >= 0)
            {
                return Take(length + 1);
            }

            if (!await FillAsync())
            {
                throw new InvalidOperationException("ended in a line");
            }
        }
    }

    private static bool HasNoBody(string head) => head.Split(' ')[1] is "204" or "304" or "100" or "101" or "102" or "103";

    private byte[] Take(int length)
    {
        var octets = _buffer.AsSpan(_start, length).ToArray();
        _start += length;
        return octets;
    }

    private async Task<bool> FillAsync()
    {
        if (_start > 0)
        {
            Pending.CopyTo(_buffer);
            (_start, _filled) = (0, _filled - _start);
        }

        if (_filled == _buffer.Length)
        {
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }

        var rest = _buffer.AsMemory(_filled);
        var count = _socket is null ? await _stream.ReadAsync(rest) : await _socket.ReceiveAsync(rest);
        _filled += count;
        return count > 0;
    }
}

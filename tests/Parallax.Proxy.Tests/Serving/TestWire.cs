using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Parallax.Proxy.Tests.Serving;

/// <summary>One end of a TCP connection, as a test that thinks in octets needs it.</summary>
internal sealed class TestWire(Socket socket) : IDisposable
{
    private byte[] _buffer = new byte[1 << 16];
    private int _start;
    private int _end;

    public static async Task<TestWire> ConnectAsync(IPEndPoint address)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(address, TestContext.Current.CancellationToken);
        return new TestWire(socket);
    }

    private ReadOnlySpan<byte> Pending => _buffer.AsSpan(_start, _end - _start);

    public async Task WriteAsync(byte[] octets)
    {
        for (var at = 0; at < octets.Length;)
        {
            at += await socket.SendAsync(octets.AsMemory(at), TestContext.Current.CancellationToken);
        }
    }

    public Task WriteAsync(string text) => WriteAsync(Encoding.Latin1.GetBytes(text));

    /// <summary>The connection as a stream, for a peer that speaks TLS.</summary>
    public Stream Stream => new NetworkStream(socket, ownsSocket: false);

    /// <summary>Ends our direction.</summary>
    public void End() => socket.Shutdown(SocketShutdown.Send);

    /// <summary>Writes until the peer takes no more.</summary>
    public void Fill()
    {
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
    public void Reset() => socket.Close(0);

    /// <summary>Closes without a word to the other end (TCP_REPAIR, which needs CAP_NET_ADMIN); visibly skipped without.</summary>
    public void Vanish()
    {
        const int Tcp = 6;
        const int Repair = 19;
        try
        {
            socket.SetRawSocketOption(Tcp, Repair, BitConverter.GetBytes(1));
        }
        catch (SocketException)
        {
            Assert.Skip("needs CAP_NET_ADMIN on Linux");
        }
        finally
        {
            socket.Close(0);
        }
    }

    public void Dispose() => socket.Dispose();

    /// <summary>The next message; null at the end of the connection. A body without length reaches to the end.</summary>
    /// <param name="isHead">True for the response to HEAD.</param>
    public async Task<RawMessage?> ReadAsync(bool isHead = false)
    {
        var head = await ReadHeadAsync();
        return head is null ? null : new RawMessage(head, isHead ? [] : await ReadBodyAsync(head));
    }

    /// <summary>The body after a head.</summary>
    public async Task<byte[]> ReadBodyAsync(string head)
    {
        if (HasNoBody(head))
        {
            return [];
        }

        if (head.Contains("transfer-encoding: chunked", StringComparison.OrdinalIgnoreCase))
        {
            return await ReadChunkedAsync();
        }

        var at = head.IndexOf("\r\ncontent-length:", StringComparison.OrdinalIgnoreCase);
        if (at >= 0)
        {
            var end = head.IndexOf("\r\n", at + 2, StringComparison.Ordinal);
            var length = int.Parse(head.AsSpan(at + 17, end - at - 17), provider: CultureInfo.InvariantCulture);
            return await ReadExactlyAsync(length);
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
                return _end == _start ? null : throw new InvalidOperationException("ended in a head");
            }
        }
    }

    public async Task<byte[]> ReadExactlyAsync(int length)
    {
        while (_end - _start < length)
        {
            if (!await FillAsync())
            {
                throw new InvalidOperationException($"ended {length - (_end - _start)} octets early");
            }
        }

        return Take(length);
    }

    /// <summary>Whatever comes next; empty at the end.</summary>
    public async Task<byte[]> ReadSomeAsync()
    {
        if (_start == _end)
        {
            await FillAsync();
        }

        return Take(_end - _start);
    }

    public async Task<byte[]> ReadToEndAsync()
    {
        while (await FillAsync())
        {
        }

        return Take(_end - _start);
    }

    /// <summary>True when the peer ended or reset the connection and sent nothing more.</summary>
    public async Task<bool> IsAtEndAsync()
    {
        try
        {
            return _start == _end && !await FillAsync();
        }
        catch (SocketException)
        {
            return true;
        }
    }

    // Chunk framing and trailers included: the proxy leaves them as they are.
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
            (_start, _end) = (0, _end - _start);
        }

        if (_end == _buffer.Length)
        {
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }

        var count = await socket.ReceiveAsync(_buffer.AsMemory(_end), TestContext.Current.CancellationToken);
        _end += count;
        return count > 0;
    }
}

/// <summary>A message as the test's own stupid reader sees it.</summary>
/// <param name="Head">Start line to blank line.</param>
/// <param name="Body">As on the wire, chunk framing included.</param>
internal sealed record RawMessage(string Head, byte[] Body)
{
    public string Line => Head[..Head.IndexOf("\r\n", StringComparison.Ordinal)];

    public int Status => int.Parse(Head.AsSpan(9, 3), provider: CultureInfo.InvariantCulture);

    public string Text => Encoding.Latin1.GetString(Body);

    /// <summary>The values of all headers of that name.</summary>
    public IEnumerable<string> Values(string name) => Head.Split("\r\n").Skip(1)
        .Select(line => line.Split(':', 2))
        .Where(parts => parts.Length == 2 && parts[0].Equals(name, StringComparison.OrdinalIgnoreCase))
        .Select(parts => parts[1].Trim());

    /// <summary>The value of the first header of that name; null when there is none.</summary>
    public string? this[string name]
    {
        get
        {
            var at = Head.IndexOf($"\r\n{name}:", StringComparison.OrdinalIgnoreCase);
            return at < 0 ? null : Head[(at + name.Length + 3)..Head.IndexOf("\r\n", at + 2, StringComparison.Ordinal)].Trim();
        }
    }
}

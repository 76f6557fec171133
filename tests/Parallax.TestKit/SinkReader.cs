using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Parallax.TestKit;

/// <summary>One request as it came.</summary>
/// <param name="Connection">The number of its connection, from 0.</param>
/// <param name="Head">Its head with the blank line.</param>
/// <param name="RawBody">Its body as on the wire: chunk framing and trailers too.</param>
public sealed record SinkRequest(int Connection, string Head, byte[] RawBody)
{
    public string Target => Head.Split(' ')[1];

    /// <summary>The values of a header, in order.</summary>
    public string[] this[string name] =>
    [
        .. Head.Split("\r\n")
            .Where(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))
            .Select(line => line.Split(':', 2)[1].Trim()),
    ];
}

/// <summary>Reads requests from a connection, the slow obvious way.</summary>
public sealed class SinkReader(Socket connection, int number)
{
    private byte[] _buffer = new byte[1 << 16];
    private int _filled;

    /// <summary>The next request; null at the end.</summary>
    public async Task<SinkRequest?> Next()
    {
        if (await FindAfter(0, "\r\n\r\n") is not (>= 0 and var headEnd))
        {
            return null;
        }

        var head = Encoding.Latin1.GetString(_buffer, 0, headEnd);
        var request = new SinkRequest(number, head, []);
        var end = request["transfer-encoding"] is ["chunked"] ? await EndOfChunks(headEnd)
            : headEnd + (request["content-length"] is [var length] ? int.Parse(length, CultureInfo.InvariantCulture) : 0);
        if (end < 0 || !await Fill(end))
        {
            return null;
        }

        request = request with { RawBody = _buffer[headEnd..end] };
        _buffer.AsSpan(end, _filled - end).CopyTo(_buffer);
        _filled -= end;
        return request;
    }

    private async Task<int> EndOfChunks(int at)
    {
        while (await FindAfter(at, "\r\n") is >= 0 and var data)
        {
            var size = int.Parse(Encoding.Latin1.GetString(_buffer, at, data - at - 2).Split(';')[0], NumberStyles.HexNumber, null);
            if (size == 0)
            {
                // Trailers, if any, and the blank line.
                return await FindAfter(data - 2, "\r\n\r\n");
            }

            at = data + size + 2;
            if (!await Fill(at))
            {
                return -1;
            }
        }

        return -1;
    }

    /// <summary>Where <paramref name="text"/> ends, searched from <paramref name="at"/>; -1 when the connection ends before.</summary>
    private async Task<int> FindAfter(int at, string text)
    {
        var octets = Encoding.Latin1.GetBytes(text);
        while (true)
        {
            var found = at <= _filled ? _buffer.AsSpan(at, _filled - at).IndexOf(octets) : -1;
            if (found >= 0)
            {
                return at + found + octets.Length;
            }

            if (!await Fill(_filled + 1))
            {
                return -1;
            }
        }
    }

    private async Task<bool> Fill(int length)
    {
        while (_filled < length)
        {
            if (_filled == _buffer.Length)
            {
                Array.Resize(ref _buffer, _buffer.Length * 2);
            }

            var count = await connection.ReceiveAsync(_buffer.AsMemory(_filled));
            _filled += count;
            if (count == 0)
            {
                return false;
            }
        }

        return true;
    }
}

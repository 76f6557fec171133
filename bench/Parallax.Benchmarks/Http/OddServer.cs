using Parallax.Reactor.Connections;
using Parallax.Wire.Http1;

namespace Parallax.Benchmarks.Http;

/// <summary>What an <see cref="OddServer"/> does with requests.</summary>
internal enum Oddity
{
    /// <summary>Answers each at once.</summary>
    Healthy,

    /// <summary>Answers each a second later.</summary>
    Slow,

    /// <summary>Reads and never answers.</summary>
    Hang,

    /// <summary>Never reads either.</summary>
    Deaf,

    /// <summary>Resets the connection in the middle of the answer.</summary>
    Reset,

    /// <summary>Answers with a gigabyte.</summary>
    Flood,

    /// <summary>Closes each connection once it is accepted.</summary>
    Close,
}

/// <summary>A server that behaves as a shadow must never be seen to: for finding out whether production notices.</summary>
internal sealed class OddServer(Oddity oddity) : ConnectionHandler
{
    private static readonly byte[] Answer = "HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n"u8.ToArray().Concat(new byte[200]).ToArray();
    private static readonly byte[] Megabyte = new byte[1 << 20];
    private readonly MessageReader _reader = new(MessageKind.Request, Http1Policy.Active);
    private int _megabytesLeft;

    public override void OnConnected(Connection connection)
    {
        if (oddity == Oddity.Close)
        {
            connection.Close();
        }
        else if (oddity == Oddity.Deaf)
        {
            connection.PauseReading();
        }
    }

    public override int OnReceived(Connection connection, ReadOnlySpan<byte> octets)
    {
        var rest = octets;
        while (true)
        {
            var readEvent = _reader.Read(rest, out var consumed);
            rest = rest[consumed..];
            if (readEvent.Kind == ReadEventKind.NeedMore)
            {
                return octets.Length;
            }

            if (readEvent.Kind == ReadEventKind.End)
            {
                React(connection);
            }
        }
    }

    public override void OnWritable(Connection connection) => Flood(connection);

    private void React(Connection connection)
    {
        switch (oddity)
        {
            case Oddity.Healthy:
                connection.Write(Answer, null);
                break;
            case Oddity.Slow:
                connection.Loop.Schedule(TimeSpan.FromSeconds(1), static to => ((Connection)to!).Write(Answer, null), connection);
                break;
            case Oddity.Reset:
                connection.Write(Answer.AsSpan(0, 60));
                connection.Flush();
                connection.Abort();
                break;
            case Oddity.Flood:
                connection.Write("HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n"u8);
                _megabytesLeft += 1024;
                Flood(connection);
                break;
            default:
                break;
        }
    }

    private void Flood(Connection connection)
    {
        while (_megabytesLeft > 0 && connection is { IsOpen: true, IsCongested: false })
        {
            _megabytesLeft--;
            connection.Write(Megabyte, null);
            connection.Flush();
        }
    }
}

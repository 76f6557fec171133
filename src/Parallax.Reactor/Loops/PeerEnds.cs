using System.Buffers.Binary;
using System.Net.Sockets;

namespace Parallax.Reactor.Loops;

/// <summary>What the peer of a connection has done, as far as the system knows without receiving.</summary>
internal enum PeerEnd : byte
{
    /// <summary>Nothing that ends anything, or the system does not tell.</summary>
    None,

    /// <summary>It has ended its direction.</summary>
    Ended,

    /// <summary>The connection is no more.</summary>
    Reset,
}

/// <summary>Asks the system for the state of TCP, which tells a FIN that lies after octets not yet received.</summary>
/// <remarks>Thread safety: any thread.</remarks>
internal static class PeerEnds
{
    private const int TcpLevel = 6;
    private const int LinuxTcpInfo = 11;
    private const int MacTcpConnectionInfo = 0x106;
    private const int WindowsTcpInfo = unchecked((int)0xD8000027);

    // The first octet of the answer is the state on Linux and macOS; on Windows the first four are.
    private const int AnswerBytes = 256;

    /// <summary>What the peer has done.</summary>
    public static PeerEnd Of(Socket socket)
    {
        try
        {
            return OperatingSystem.IsWindows() ? OfWindows(socket)
                : OperatingSystem.IsMacOS() ? OfMac(socket)
                : OperatingSystem.IsLinux() ? OfLinux(socket)
                : PeerEnd.None;
        }
        catch (Exception exception) when (ManagedErrors.IsOfTransport(exception))
        {
            // A system that does not tell: the end is seen when reading goes on.
            return PeerEnd.None;
        }
    }

    // include/net/tcp_states.h
    private static PeerEnd OfLinux(Socket socket) => StateOf(socket, LinuxTcpInfo) switch
    {
        7 => PeerEnd.Reset,
        8 or 9 or 11 => PeerEnd.Ended,
        _ => PeerEnd.None,
    };

    // netinet/tcp_fsm.h
    private static PeerEnd OfMac(Socket socket) => StateOf(socket, MacTcpConnectionInfo) switch
    {
        0 => PeerEnd.Reset,
        5 or 7 or 8 or 10 => PeerEnd.Ended,
        _ => PeerEnd.None,
    };

    // TCPSTATE of mstcpip.h, asked for by SIO_TCP_INFO.
    private static PeerEnd OfWindows(Socket socket)
    {
        var answer = new byte[AnswerBytes];
        socket.IOControl(WindowsTcpInfo, new byte[sizeof(int)], answer);
        return BinaryPrimitives.ReadInt32LittleEndian(answer) switch
        {
            0 => PeerEnd.Reset,
            7 or 8 or 9 or 10 => PeerEnd.Ended,
            _ => PeerEnd.None,
        };
    }

    private static int StateOf(Socket socket, int option)
    {
        Span<byte> answer = stackalloc byte[AnswerBytes];
        socket.GetRawSocketOption(TcpLevel, option, answer);
        return answer[0];
    }
}

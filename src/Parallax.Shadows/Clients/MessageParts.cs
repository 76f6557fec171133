using Parallax.Reactor.Connections;
using Parallax.Traffic.Exchanges;

namespace Parallax.Shadows.Clients;

/// <summary>Gives a message's octets to a connection: small parts as copies, large ones as they lie, each holding a reference to the
/// message until the kernel has taken it.</summary>
/// <remarks>Thread safety: the connection's loop.</remarks>
internal static class MessageParts
{
    /// <summary>At or below this a copy is cheaper than counting a reference up and down.</summary>
    public const int CopyBytes = 1024;

    /// <summary>Writes one part.</summary>
    public static void Write(Connection connection, ReadOnlyMemory<byte> part, Message message)
    {
        if (part.Length <= CopyBytes)
        {
            connection.Write(part.Span);
        }
        else
        {
            connection.Write(part, message.Retain());
        }
    }

    /// <summary>Writes all there is.</summary>
    public static void WriteAll(Connection connection, Message message)
    {
        for (var block = 0; block < message.BlockCount; block++)
        {
            Write(connection, message.Block(block), message);
        }
    }

    /// <summary>Writes octets of somebody else's.</summary>
    /// <param name="connection">Where to.</param>
    /// <param name="octets">Copied.</param>
    /// <param name="pool">Lends what they are kept in.</param>
    /// <returns>False when the pool's limit is reached; the message must be given up then.</returns>
    public static bool TryWriteCopy(Connection connection, ReadOnlySpan<byte> octets, OctetPool pool)
    {
        if (octets.Length <= CopyBytes)
        {
            connection.Write(octets);
            return !pool.IsOverLimit;
        }

        var builder = default(MessageBuilder);
        builder.Begin(pool, Wire.Http1.MessageKind.Request);
        var isKept = builder.TryAppend(octets);
        using var piece = builder.Seal(MessageState.Incomplete);
        if (isKept)
        {
            WriteAll(connection, piece);
        }

        return isKept;
    }
}

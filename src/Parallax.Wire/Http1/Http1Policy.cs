namespace Parallax.Wire.Http1;

/// <summary>Says something of a field by its name.</summary>
/// <param name="name">The name; of one longer than 32 octets those.</param>
public delegate bool FieldNameTest(ReadOnlySpan<byte> name);

/// <summary>What the reader puts up with and how much it takes: the difference between watching traffic and serving it.</summary>
/// <remarks>
/// <see cref="Passive"/> reads what a server has accepted already and must not lose it; <see cref="Active"/> decides for two parties, so
/// it refuses whatever they could understand differently (request smuggling, RFC 9112 §11.2). Thread safety: immutable.
/// </remarks>
public sealed record Http1Policy
{
    /// <summary>For capture: every leniency, large limits, finds its place again after losses.</summary>
    public static Http1Policy Passive { get; } = new()
    {
        MaxHeadBytes = 256 * 1024,
        MaxTargetBytes = 256 * 1024,
        MaxFields = 1000,
        LooseStartLines = true,
        LooseFields = true,
        LooseLengths = true,
        LooseChunks = true,
        ReadsOnAfterClose = true,
        Resynchronises = true,
    };

    /// <summary>For the proxy's clients: no leniency at all, a Host demanded.</summary>
    public static Http1Policy Active { get; } = new() { RequiresHost = true };

    /// <summary>For the primaries behind the proxy: what common servers get away with is understood, as long as the head can be written
    /// so that nobody understands it differently.</summary>
    public static Http1Policy Relayed { get; } = new() { OldLines = true, OldChunks = true, TransferEncodingWins = true };

    /// <summary>Largest head, start line to blank line, in bytes; also the largest trailer section. 32 KiB by default; at least
    /// 64.</summary>
    public int MaxHeadBytes { get; init; } = 32 * 1024;

    /// <summary>Largest request target in bytes. 8 KiB by default (RFC 9112 §3 asks for 8000 at least).</summary>
    public int MaxTargetBytes { get; init; } = 8 * 1024;

    /// <summary>Most field lines in a head. 128 by default.</summary>
    public int MaxFields { get; init; } = 128;

    /// <summary>Largest body content in bytes; unlimited (<see cref="long.MaxValue"/>) by default.</summary>
    public long MaxBodyBytes { get; init; } = long.MaxValue;

    /// <summary>Largest chunk size line, extensions included, in bytes. 4 KiB by default.</summary>
    public int MaxChunkLineBytes { get; init; } = 4 * 1024;

    /// <summary>Accepts runs of whitespace, spaces and odd octets in the target, any case of HTTP and minor versions of several
    /// digits or none; requests without a version; responses of any version, and status codes of one or two digits.</summary>
    public bool LooseStartLines { get; init; }

    /// <summary>Accepts lone LF line ends (in responses lone CRs, too), obs-fold, whitespace around names, lines without a colon and odd
    /// octets.</summary>
    public bool LooseFields { get; init; }

    /// <summary>Accepts contradictory lengths: Transfer-Encoding wins over Content-Length, of several lengths the last valid
    /// one. Takes a coding that begins with "chunked" for it. Such a message is marked (<see cref="MessageReader.IsDoubtful"/>).
    /// </summary>
    public bool LooseLengths { get; init; }

    /// <summary>Accepts chunk sizes followed by anything, lines of them ended by a lone CR or LF, any extension, any trailer
    /// line.</summary>
    public bool LooseChunks { get; init; }

    /// <summary>Says which trailers, of a body whose chunks are read strictly, are refused; null for none.</summary>
    public FieldNameTest? RefusesTrailer { get; init; }

    /// <summary>Accepts, in path and query of a request that is read strictly, octets from 0x80 on as clients send them that do not encode
    /// (RFC 3986 §2.1), but for overlong forms of US-ASCII, which a lax decoder takes for a slash or a dot (RFC 3629 §10).</summary>
    public bool RawTargets { get; init; }

    /// <summary>Accepts, in a response's head that is otherwise well-formed, lone LF line ends and obs-fold (RFC 9112 §2.2, §5.2). Who
    /// passes such a head on has to write it again: <see cref="MessageHead.HasOldLines"/>.</summary>
    public bool OldLines { get; init; }

    /// <summary>Accepts, in the framing of chunks that is otherwise well-formed, lone LF line ends, after chunk data as well, and blanks
    /// around the size and the parts of an extension (RFC 9112 §7.1.1 calls them bad). Who passes such chunks on has to write their framing
    /// again: <see cref="MessageReader.OldChunks"/>.</summary>
    public bool OldChunks { get; init; }

    /// <summary>Accepts, in a response, Transfer-Encoding beside Content-Length, which then means nothing, in HTTP/1.0, and with a last
    /// coding other than chunked, whose body ends with the connection (RFC 9112 §6.3).</summary>
    public bool TransferEncodingWins { get; init; }

    /// <summary>Demands exactly one valid Host in an HTTP/1.1 request (RFC 9112 §3.2).</summary>
    public bool RequiresHost { get; init; }

    /// <summary>Reads messages even after one that announced the end of the connection.</summary>
    public bool ReadsOnAfterClose { get; init; }

    /// <summary>After something malformed or a gap, looks for the next message; otherwise the rest of the stream is thrown away.</summary>
    public bool Resynchronises { get; init; }
}

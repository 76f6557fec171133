using Parallax.Traffic.Exchanges;
using Parallax.Wire.Flows;
using Parallax.Wire.ProxyProtocol;

namespace Parallax.Capture.Pipeline;

/// <summary>The PROXY header that a load balancer put in front of a connection, while it is being read.</summary>
/// <remarks>Thread safety: none; belongs to one conversation.</remarks>
internal sealed class ProxyPreamble
{
    private readonly byte[] _octets = new byte[ProxyHeaderReader.MaxNeeded];
    private int _length;
    private int _toPass;

    private ProxyPreamble(Direction from) => From = from;

    /// <summary>Who sends it: the client.</summary>
    public Direction From { get; }

    /// <summary>Where the octets kept come from; they are to be read after all if they turn out to be no header.</summary>
    public SegmentOrigin Origin { get; private set; }

    /// <summary>Octets that may be the beginning of a header.</summary>
    public ReadOnlySpan<byte> Kept => _octets.AsSpan(0, _length);

    /// <summary>True when all of the header was seen.</summary>
    public bool IsOver => _length == 0 && _toPass == 0;

    /// <summary>Begins to read the header at the start of a connection; null when there is none.</summary>
    public static ProxyPreamble? Begin(ReadOnlySpan<byte> octets, Direction from) =>
        octets is [(byte)'P' or (byte)'\r', ..] && ProxyHeaderReader.TryRead(octets, out _, out _)
            is ProxyHeaderStatus.Read or ProxyHeaderStatus.NeedMore
            ? new(from)
            : null;

    /// <summary>Takes the next octets.</summary>
    /// <param name="octets">What came.</param>
    /// <param name="origin">Where they come from.</param>
    /// <param name="client">Who the header says the client is; null while it has not, and when it names none.</param>
    /// <returns>How many of them are the header's; -1 when there is none, neither here nor in <see cref="Kept"/>.</returns>
    public int Take(ReadOnlySpan<byte> octets, in SegmentOrigin origin, out Endpoint? client)
    {
        client = null;
        if (_toPass > 0)
        {
            return Pass(octets.Length);
        }

        Origin = _length == 0 ? origin : Origin;
        var before = _length;
        var taken = Math.Min(octets.Length, _octets.Length - _length);
        octets[..taken].CopyTo(_octets.AsSpan(_length));
        _length += taken;
        switch (ProxyHeaderReader.TryRead(Kept, out var header, out var length))
        {
            case ProxyHeaderStatus.NeedMore:
                return taken;
            case ProxyHeaderStatus.Read:
                _length = 0;
                _toPass = length - before;
                client = header.HasAddresses ? new(header.Source, header.SourcePort) : null;
                return Pass(octets.Length);
            default:
                _length = before;
                return -1;
        }
    }

    /// <summary>Octets of it were never seen.</summary>
    public void Skip(int octets)
    {
        _length = 0;
        Pass(octets);
    }

    private int Pass(int octets)
    {
        var passed = Math.Min(octets, _toPass);
        _toPass -= passed;
        return passed;
    }
}

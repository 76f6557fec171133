using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Rewriting;
using Parallax.Wire.Http1;

namespace Parallax.Proxy.Routing;

/// <summary>The head of a request that others read, too, with its path made one of a kind (<see cref="PathNormalization.Base"/>, as a proxy
/// with documents does): the request's own, or a changed copy of it.</summary>
/// <remarks>Thread safety: none. No allocation once the buffer has grown.</remarks>
internal sealed class NormalizedHead
{
    private const PathNormalization Level = PathNormalization.Base;

    private readonly MessageHead _copy = new();
    private byte[] _octets = [];

    /// <summary>Reads a request's head.</summary>
    /// <param name="request">The request; not changed.</param>
    /// <param name="head">What it says; valid until the next call.</param>
    /// <param name="octets">Its octets; the same.</param>
    /// <returns>False when its path is none that a server could take, so that a proxy would refuse it.</returns>
    public bool TryRead(Message request, out MessageHead head, out ReadOnlySpan<byte> octets)
    {
        head = request.Head;
        octets = request.HeadOctets;
        var path = TargetParts.Of(head, octets).Path;
        if (path.Length == 0 || octets[path.Start] != (byte)'/' || PathNormalizer.IsNormal(path.Of(octets), Level))
        {
            return true;
        }

        if (_octets.Length < octets.Length)
        {
            _octets = new byte[octets.Length];
        }

        octets.CopyTo(_octets);
        if (!PathNormalizer.TryNormalize(_octets.AsSpan(path.Start, path.Length), Level, out var length))
        {
            return false;
        }

        var (end, cut) = (path.Start + length, path.Length - length);
        octets[path.End..].CopyTo(_octets.AsSpan(end));
        octets = _octets.AsSpan(0, octets.Length - cut);
        head = _copy;
        head.CopyFrom(request.Head);
        head.CutTarget(end, cut);
        return true;
    }
}

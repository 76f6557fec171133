using System.Buffers.Binary;
using Parallax.Wire.Http1;

namespace Parallax.Proxy.Requests;

/// <summary>The id of a request: that of its <c>x-request-id</c>, or a random UUID (RFC 9562 §5.4).</summary>
/// <remarks>Thread safety: belongs to the loop's thread.</remarks>
internal sealed class RequestId
{
    private const int Length = 36;

    private readonly byte[] _made = new byte[Length];
    private byte[] _kept = [];
    private int _keptLength;

    /// <summary>The id as text.</summary>
    public ReadOnlySpan<byte> Octets => _keptLength > 0 ? _kept.AsSpan(0, _keptLength) : _made;

    /// <summary>Finds or makes the id of a request.</summary>
    public void Begin(MessageHead head, ReadOnlySpan<byte> octets, Random random)
    {
        _keptLength = 0;
        if (head.TryFind(octets, "x-request-id"u8, out var value) && !value.IsEmpty)
        {
            if (_kept.Length < value.Length)
            {
                _kept = new byte[Math.Max(value.Length, 64)];
            }

            value.Of(octets).CopyTo(_kept);
            _keptLength = value.Length;
            return;
        }

        Span<byte> octetsOfId = stackalloc byte[16];
        BinaryPrimitives.WriteInt64LittleEndian(octetsOfId, random.NextInt64());
        BinaryPrimitives.WriteInt64LittleEndian(octetsOfId[8..], random.NextInt64());
        octetsOfId[7] = (byte)((octetsOfId[7] & 0x0F) | 0x40);
        octetsOfId[8] = (byte)((octetsOfId[8] & 0x3F) | 0x80);
        new Guid(octetsOfId).TryFormat(_made, out _);
    }
}

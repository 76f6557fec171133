using System.Buffers;

namespace Parallax.Proxy.Requests;

/// <summary>What is kept of a request as the client sent it: its head always, its body as long as all of it fits, so that it can be sent
/// again.</summary>
/// <remarks>Ownership: its pooled array is its own until <see cref="Release"/>. Thread safety: none.</remarks>
internal sealed class RequestBuffer(int maxBytes)
{
    // What most requests need stays with the connection from one to the next.
    private const int MaxSpareBytes = 4096;

    private byte[] _octets = [];
    private int _headLength;
    private int _length;

    /// <summary>Memory it takes, in bytes.</summary>
    public int Bytes => _octets.Length;

    /// <summary>The head's octets.</summary>
    public ReadOnlySpan<byte> Head => _octets.AsSpan(0, _headLength);

    /// <summary>The same, to be kept as long as the request is.</summary>
    public ReadOnlyMemory<byte> HeadMemory => _octets.AsMemory(0, _headLength);

    /// <summary>The octets of the body so far, framing included; means something only while <see cref="IsWhole"/>.</summary>
    public ReadOnlySpan<byte> Body => _octets.AsSpan(_headLength, _length - _headLength);

    /// <summary>True while everything that came of the request is kept.</summary>
    public bool IsWhole { get; private set; }

    /// <summary>Begins with a head.</summary>
    public void Begin(ReadOnlySpan<byte> head)
    {
        _length = 0;
        IsWhole = true;
        Store(head);
        _headLength = head.Length;
    }

    /// <summary>The same as <see cref="Head"/>, to be changed in place.</summary>
    public Span<byte> MutableHead => _octets.AsSpan(0, _headLength);

    /// <summary>Takes octets out of the head; no body may be held yet.</summary>
    /// <param name="at">The first of them.</param>
    /// <param name="count">How many.</param>
    public void CutHead(int at, int count)
    {
        _octets.AsSpan((at + count)..(_headLength)).CopyTo(_octets.AsSpan(at));
        _headLength -= count;
        _length -= count;
    }

    /// <summary>Keeps a piece of the body unless it is too much.</summary>
    public void Append(ReadOnlySpan<byte> body)
    {
        IsWhole = IsWhole && _length + body.Length <= maxBytes;
        if (IsWhole)
        {
            Store(body);
        }
    }

    /// <summary>Keeps the head alone, in no more memory than that needs.</summary>
    public void DropBody()
    {
        if (!IsWhole || _length == _headLength)
        {
            return;
        }

        var whole = _octets;
        IsWhole = false;
        _octets = [];
        _length = 0;
        Store(whole.AsSpan(0, _headLength));
        ArrayPool<byte>.Shared.Return(whole);
    }

    /// <summary>The request is over: nothing is held but a little room for the next.</summary>
    public void End()
    {
        if (_octets.Length > MaxSpareBytes)
        {
            Release();
        }
    }

    /// <summary>Gives the memory back; nothing is held.</summary>
    public void Release()
    {
        if (_octets.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_octets);
        }

        _octets = [];
        _length = _headLength = 0;
    }

    private void Store(ReadOnlySpan<byte> octets)
    {
        if (_octets.Length - _length < octets.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_length + octets.Length, _octets.Length * 2));
            _octets.AsSpan(0, _length).CopyTo(larger);
            if (_octets.Length > 0)
            {
                ArrayPool<byte>.Shared.Return(_octets);
            }

            _octets = larger;
        }

        octets.CopyTo(_octets.AsSpan(_length));
        _length += octets.Length;
    }
}

namespace Parallax.Wire.Http1;

/// <summary>Reads heads from octets in any pieces: a head that arrives whole where it lies, one that does not from a copy.</summary>
/// <param name="kind">Which messages.</param>
/// <param name="policy">What is put up with.</param>
/// <param name="head">Filled in.</param>
/// <param name="excess">Takes octets that were consumed as head before they turned out to lie after it: the first of a line that begins
/// the body though no blank line came before it.</param>
internal sealed class HeadAssembler(MessageKind kind, Http1Policy policy, MessageHead head, HeadBuffer excess)
{
    private const int CopyStepBytes = 1024;

    private readonly HeadBuffer _copy = new();

    /// <summary>What the head at hand holds of the pool, in bytes.</summary>
    public int HeldBytes => _copy.HeldBytes;
    private bool _isAfterCarriageReturn; // half an empty line is a state, not an octet kept, so that a head begins at its first octet

    /// <summary>True while part of a head is kept.</summary>
    internal bool HasBegun => _copy.Length > 0;

    /// <summary>Reads up to the end of a head.</summary>
    /// <param name="octets">The next octets.</param>
    /// <param name="consumed">All of them unless the head ends before; not set to anything useful when it is malformed.</param>
    /// <param name="headOctets">The octets of the complete head, valid until <see cref="Release"/> and as long as the input.</param>
    /// <param name="error">What is malformed.</param>
    internal HeadStatus TryRead(
        ReadOnlySpan<byte> octets, out int consumed, out ReadOnlySpan<byte> headOctets, out Http1Error error) =>
        HasBegun ? Continue(octets, out consumed, out headOctets, out error) : Begin(octets, out consumed, out headOctets, out error);

    /// <summary>The octets of the head read in part, if what is there of it makes one (<see cref="HeadReader.TryReadCut"/>).</summary>
    internal bool TryCut(out ReadOnlySpan<byte> headOctets)
    {
        headOctets = _copy.Octets;
        return HeadReader.TryReadCut(headOctets, kind, policy, head);
    }

    /// <summary>Gives the kept octets back and a head read in part up.</summary>
    internal void Release()
    {
        _copy.Release();
        _isAfterCarriageReturn = false;
        if (head.IsPartial)
        {
            head.Reset();
        }
    }

    private HeadStatus Begin(ReadOnlySpan<byte> octets, out int consumed, out ReadOnlySpan<byte> headOctets, out Http1Error error)
    {
        headOctets = default;
        if (!PassEmptyLines(octets, out consumed))
        {
            error = Http1Error.BareCarriageReturn;
            return HeadStatus.Malformed;
        }

        error = Http1Error.None;
        var rest = octets[consumed..];
        if (rest.IsEmpty)
        {
            return HeadStatus.NeedMore;
        }

        var status = HeadReader.TryRead(rest, kind, policy, head, out error);
        if (status == HeadStatus.Complete)
        {
            headOctets = rest[..head.Length];
            consumed += head.Length;
        }
        else if (status == HeadStatus.NeedMore)
        {
            _copy.Append(rest);
            consumed = octets.Length;
        }

        return status;
    }

    private HeadStatus Continue(ReadOnlySpan<byte> octets, out int consumed, out ReadOnlySpan<byte> headOctets, out Http1Error error)
    {
        consumed = 0;
        headOctets = default;
        error = Http1Error.None;
        while (consumed < octets.Length)
        {
            // In small steps: what follows the head in these octets need not be copied.
            var before = _copy.Length;
            var step = Math.Min(Math.Min(octets.Length - consumed, CopyStepBytes), policy.MaxHeadBytes - before);
            _copy.Append(octets.Slice(consumed, step));
            var status = HeadReader.TryRead(_copy.Octets, kind, policy, head, out error);
            if (status == HeadStatus.Complete)
            {
                consumed += Math.Max(0, head.Length - before);
                headOctets = _copy.Octets[..head.Length];
                excess.Append(_copy.Octets[Math.Min(head.Length, before)..before]);
            }

            if (status != HeadStatus.NeedMore)
            {
                return status;
            }

            consumed += step;
        }

        return HeadStatus.NeedMore;
    }

    /// <summary>Passes the empty lines before a message (RFC 9112 §2.2); false if there is a bare CR.</summary>
    private bool PassEmptyLines(ReadOnlySpan<byte> octets, out int passed)
    {
        passed = 0;
        if (octets.IsEmpty)
        {
            return true;
        }

        if (_isAfterCarriageReturn)
        {
            if (octets[0] != HttpOctets.LineFeed)
            {
                return false;
            }

            passed = 1;
        }

        passed += StartLine.SkipEmptyLines(octets[passed..], policy.LooseFields, out _);
        _isAfterCarriageReturn = passed == octets.Length - 1 && octets[passed] == HttpOctets.CarriageReturn;
        passed += _isAfterCarriageReturn ? 1 : 0;
        return true;
    }
}

using Parallax.Wire.Flows;

namespace Parallax.Capture.Pipeline;

/// <summary>What is the same for a flow whatever it speaks: takes off the PROXY header, has the client and the protocol found, and hands
/// the octets on to the flow's <see cref="Conversation"/>.</summary>
/// <remarks>Thread safety: none; belongs to one flow at a time. Pooled by <see cref="ExchangeBuilder"/>.</remarks>
internal sealed class CapturedFlow
{
    private readonly ExtractionCounters _counters;
    private readonly FlowRoles _roles = new();
    private readonly ProtocolRecognition _protocol;
    private readonly Conversation _conversation;
    private ProxyPreamble? _preamble; // while the header is being read
    private bool _isPastPreamble; // octets of either half were seen: no header follows them
    private bool _isSettled; // nothing is left to find out

    /// <param name="extractors">Lends what reads messages.</param>
    /// <param name="exchanges">Takes the exchanges that are found.</param>
    /// <param name="counters">Counts what is met.</param>
    public CapturedFlow(ExtractorPool extractors, OpenExchanges exchanges, ExtractionCounters counters)
    {
        _counters = counters;
        _protocol = new(counters);
        _conversation = new(_roles, _protocol, extractors, exchanges, counters);
    }

    /// <summary>Begins with a flow of which nothing was read yet.</summary>
    public void Begin(Flow flow) => _roles.Begin(flow);

    /// <summary>Takes the next octets of one half.</summary>
    public void Read(Direction direction, ReadOnlySpan<byte> octets, in SegmentOrigin origin)
    {
        if (_isSettled)
        {
            _conversation.Read(direction, octets, origin);
        }
        else if (_isPastPreamble)
        {
            ReadOn(direction, octets, origin);
        }
        else
        {
            ReadPreamble(direction, octets, origin);
        }
    }

    /// <summary>Octets of one half will never be seen.</summary>
    public void SkipGap(Direction direction, int octets)
    {
        if (_preamble is { } preamble && preamble.From == direction)
        {
            preamble.Skip(octets);
            EndPreamble();
        }

        if (_roles.Client is not null)
        {
            _conversation.SkipGap(direction, octets);
        }
    }

    /// <summary>The sender of one half closed it.</summary>
    public void EndHalf(Direction direction)
    {
        if (_roles.Client is not null)
        {
            _conversation.EndHalf(direction);
        }
    }

    /// <summary>The flow is over: hands on what is open, and forgets the flow.</summary>
    public void Finish()
    {
        if (_roles.Client is null)
        {
            _protocol.NoteUnrecognised();
        }

        _conversation.Finish();
        _protocol.Reset();
        _roles.Reset();
        _preamble = null;
        _isPastPreamble = _isSettled = false;
    }

    private void ReadPreamble(Direction direction, ReadOnlySpan<byte> octets, in SegmentOrigin origin)
    {
        _preamble ??= ProxyPreamble.Begin(octets, direction);
        if (_preamble is not { } preamble || preamble.From != direction)
        {
            // While the client's header is on its way the server may say something; nothing else comes before the first octets.
            _isPastPreamble = _preamble is null;
            ReadOn(direction, octets, origin);
            return;
        }

        var taken = preamble.Take(octets, origin, out var client);
        _roles.NameClient(client);
        if (taken < 0)
        {
            EndPreamble();
            if (!preamble.Kept.IsEmpty)
            {
                ReadOn(direction, preamble.Kept, preamble.Origin);
            }

            ReadOn(direction, octets, origin);
        }
        else if (preamble.IsOver)
        {
            EndPreamble();
            _counters.ProxiedConnections++;
            _roles.SetClient(direction);
            if (taken < octets.Length)
            {
                ReadOn(direction, octets[taken..], origin.Skip(taken));
            }
        }
    }

    private void EndPreamble()
    {
        _preamble = null;
        _isPastPreamble = true;
    }

    private void ReadOn(Direction direction, ReadOnlySpan<byte> octets, in SegmentOrigin origin)
    {
        if (!_protocol.IsSettled)
        {
            _protocol.Look(octets);
        }

        if (!_roles.TryFindClient(direction, octets))
        {
            _counters.SkippedOctets += octets.Length;
            return;
        }

        _isSettled = _isPastPreamble && _protocol.IsSettled;
        _conversation.Read(direction, octets, origin);
    }
}

using Parallax.Traffic.Exchanges;
using Parallax.Wire;

namespace Parallax.Shadows.Replay;

/// <summary>A request of a recording that is to be sent again.</summary>
/// <param name="Request">The request.</param>
/// <param name="Response">What the primary answered; null when it was not recorded or nobody wants it.</param>
/// <param name="Number">Its number in the replay.</param>
/// <param name="Session">The recorded connection; another one in each pass.</param>
/// <param name="Client">The end that sent it; the default when not known.</param>
/// <param name="At">When it is to be sent, on the recording's clock: when its first octet was seen, unless that clock was wrong.</param>
/// <remarks>Its holder owns one reference to each message and gives them up with <see cref="Dispose"/>. Thread safety: an immutable
/// value.</remarks>
public readonly record struct ReplayEntry(
    Message Request, Message? Response, long Number, long Session, Endpoint Client, Timestamp At) : IDisposable
{
    /// <summary>When its first octet was seen, as recorded.</summary>
    public Timestamp RecordedAt { get; init; } = At;

    /// <summary>Who shares with it what was issued: <see cref="Client"/>, or who stands for the one client of a recording; the default when
    /// nobody does.</summary>
    public Endpoint StateOwner { get; init; } = Client;

    /// <summary>Gives the messages up; to be called once.</summary>
    public void Dispose()
    {
        Request.Dispose();
        Response?.Dispose();
    }
}

namespace Parallax.Traffic.Exchanges;

/// <summary>What is known of a message, and what of it is stored. Two things can be wrong with one, and each without the other: its end was
/// not seen as it should be, and its body was longer than what is kept.</summary>
public enum MessageState : byte
{
    /// <summary>Seen to its end and stored whole.</summary>
    Complete,

    /// <summary>Seen to its end, but the body went beyond the limit: its end is not stored.</summary>
    Truncated,

    /// <summary>Octets were never seen: a gap, a snap length, the end of the capture.</summary>
    Incomplete,

    /// <summary>Octets were never seen, and of those that were the end of the body is not stored.</summary>
    IncompleteAndTruncated,

    /// <summary>Nothing was lost, but the sender itself broke the message: its framing is wrong, or the connection was closed before its
    /// end. <see cref="Message.BodyOctets"/> and <see cref="Message.ContentDigest"/> tell what there was.</summary>
    Broken,

    /// <summary>The sender broke the message, and of what there was the end of the body is not stored.</summary>
    BrokenAndTruncated,
}

/// <summary>What states have in common.</summary>
internal static class MessageStates
{
    /// <summary>The same, with the end of the body not stored.</summary>
    public static MessageState AndTruncated(this MessageState state) => state switch
    {
        MessageState.Complete => MessageState.Truncated,
        MessageState.Incomplete => MessageState.IncompleteAndTruncated,
        MessageState.Broken => MessageState.BrokenAndTruncated,
        _ => state,
    };
}

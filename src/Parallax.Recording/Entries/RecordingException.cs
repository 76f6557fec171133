namespace Parallax.Recording.Entries;

/// <summary>A recording cannot be read or written at all; the message is one line for the user: what, where, what would be right.
/// </summary>
public sealed class RecordingException : Exception
{
    /// <summary>With the line for the user.</summary>
    public RecordingException(string message)
        : base(message)
    {
    }

    /// <summary>With the line for the user and what is behind it.</summary>
    public RecordingException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Without a message.</summary>
    public RecordingException()
    {
    }
}

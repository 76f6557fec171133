namespace Parallax.Capture.Sources;

/// <summary>What keeps a source from delivering packets.</summary>
public enum CaptureFault
{
    /// <summary>The operating system refuses: the process lacks a privilege.</summary>
    NoPrivilege,

    /// <summary>Another process has the port.</summary>
    PortTaken,

    /// <summary>The address is not one of this machine.</summary>
    NoSuchAddress,

    /// <summary>The libpcap library is not installed.</summary>
    LibpcapMissing,

    /// <summary>There is no interface of that name.</summary>
    NoSuchInterface,

    /// <summary>The filter expression is not valid.</summary>
    BadFilter,

    /// <summary>The file does not exist or may not be read.</summary>
    UnreadableFile,

    /// <summary>The file is not a capture file, or breaks off being one.</summary>
    NotACapture,

    /// <summary>This system has no such source.</summary>
    Unsupported,

    /// <summary>The source broke while running.</summary>
    Broken,
}

/// <summary>A source cannot start or go on. Never thrown for a malformed packet.</summary>
/// <remarks>The message is one line for the user: what, where, and what would be right.</remarks>
public sealed class CaptureException : Exception
{
    /// <summary>Makes the exception.</summary>
    public CaptureException(CaptureFault fault, string message, Exception? cause = null)
        : base(message, cause) => Fault = fault;

    /// <summary>What went wrong.</summary>
    public CaptureFault Fault { get; }
}

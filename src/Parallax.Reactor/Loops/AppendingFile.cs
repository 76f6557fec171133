using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Parallax.Reactor.Loops;

/// <summary>Opens files whose every write goes to where they end at that moment: a log that somebody copies and truncates stays free of
/// holes, and two processes that write the same log do not write over each other.</summary>
/// <remarks>.NET's own <see cref="FileMode.Append"/> seeks to the end once and keeps its own position from then on, and it waits for a
/// reader when the file is a pipe. Thread safety: static and stateless.</remarks>
public static partial class AppendingFile
{
    private const int SetFlags = 4;
    private const int WriteOnly = 1;
    private const int Create = 0x40;
    private const int Append = 0x400;
    private const int NonBlocking = 0x800;
    private const int CloseOnExecute = 0x80000;

    private const int NotPermitted = 1;
    private const int NoReader = 6;
    private const int AccessDenied = 13;
    private const int IsFolder = 21;

    /// <summary>Opens <paramref name="path"/> for writing, and creates it with mode 0640 when it is not there. Never waits for the reader
    /// of a pipe; writing waits for it.</summary>
    /// <returns>A stream without a buffer; the caller disposes of it. Null when it is a pipe that nobody reads. Elsewhere than on Linux
    /// it seeks to the end once.</returns>
    /// <exception cref="IOException">It cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">It must not be written, or is a folder.</exception>
    public static FileStream? TryOpen(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            const FileShare share = FileShare.ReadWrite | FileShare.Delete;
            var file = TrafficFile.Open(path, FileMode.OpenOrCreate, share, hasSecrets: false, bufferBytes: 0);
            file.Seek(0, file.CanSeek ? SeekOrigin.End : SeekOrigin.Begin);
            return file;
        }

        const int flags = WriteOnly | Create | Append | NonBlocking | CloseOnExecute;
        var handle = OpenFile(path, flags, (uint)TrafficFile.ModeOf(hasSecrets: false));
        if (handle.IsInvalid)
        {
            var error = Marshal.GetLastPInvokeError();
            var fault = $"{path}: cannot be opened: {Marshal.GetLastPInvokeErrorMessage()}";
            handle.Dispose();
            return error == NoReader ? null
                : error is NotPermitted or AccessDenied or IsFolder ? throw new UnauthorizedAccessException(fault)
                : throw new IOException(fault);
        }

        // Only opening was not to wait.
        _ = Control(handle, SetFlags, Append);
        return new(handle, FileAccess.Write, bufferSize: 0);
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle OpenFile(string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Control(SafeFileHandle file, int command, int flags);
}

using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Parallax.Reactor.Loops;

/// <summary>Opens files whose every write goes to where they end at that moment: a log that somebody copies and truncates stays free of
/// holes, and two processes that write the same log do not write over each other.</summary>
/// <remarks>.NET's own <see cref="FileMode.Append"/> seeks to the end once and keeps its own position from then on. Thread safety: static
/// and stateless.</remarks>
public static partial class AppendingFile
{
    private const int SetFlags = 4;
    private const int Append = 0x400;

    /// <summary>Opens <paramref name="path"/> for writing, and creates it with mode 0640 when it is not there.</summary>
    /// <returns>A stream without a buffer; the caller disposes of it. Elsewhere than on Linux it seeks to the end once.</returns>
    /// <exception cref="IOException">It cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">It must not be written, or is a folder.</exception>
    public static FileStream Open(string path)
    {
        var file = TrafficFile.Open(path, FileMode.OpenOrCreate, FileShare.ReadWrite | FileShare.Delete, hasSecrets: false, bufferBytes: 0);
        if (file.CanSeek)
        {
            file.Seek(0, SeekOrigin.End);
        }

        // A pipe or a device appends anyhow.
        if (OperatingSystem.IsLinux() && file.CanSeek && Control(file.SafeFileHandle, SetFlags, Append) != 0)
        {
            var fault = Marshal.GetLastPInvokeErrorMessage();
            file.Dispose();
            throw new IOException($"{path} cannot be opened for appending: {fault}");
        }

        return file;
    }

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Control(SafeFileHandle file, int command, int flags);
}

using Microsoft.Win32.SafeHandles;
using Parallax.Traffic.Queues;

namespace Parallax.Cli.CommandLine;

/// <summary>Standard output for data.</summary>
internal static class StandardOutput
{
    private const int Descriptor = 1;

    // EPIPE on Linux; .NET carries the system's number when it has no name for it.
    private const int BrokenPipe = 32;

    /// <summary>True when a write failed because the reader has gone; anything else (a full disk) is a failure.</summary>
    public static bool IsClosedPipe(IOException fault) => (fault.HResult & 0xFFFF) == BrokenPipe;

    /// <summary>Writes, and says what went wrong.</summary>
    /// <param name="write">Writes to standard output.</param>
    /// <param name="giveUp">Ends the waiting for a reader that does not read.</param>
    /// <returns>False when it could not be written. That its reader has gone is not a failure.</returns>
    public static bool TryWrite(Action write, CancellationToken giveUp)
    {
        IOException? fault = null;
        void Write()
        {
            try
            {
                write();
            }
            catch (IOException broken)
            {
                fault = broken;
            }
        }

        return new OutsideWork("account", Write).AwaitEnd(giveUp) ? IsNoFailure(fault) : Fail("nobody reads it");
    }

    /// <summary>Says what went wrong with a write.</summary>
    /// <returns>True when nothing did. That the reader has gone is not a failure.</returns>
    public static bool IsNoFailure(IOException? fault) => fault is null || IsClosedPipe(fault) || Fail(fault.Message);

    private static bool Fail(string problem)
    {
        Console.Error.WriteLine($"parallax: cannot write to standard output: {problem}");
        return false;
    }

    /// <summary>Opens it. Unlike the console's own stream this one tells when nobody reads it any longer (<c>| head -1</c>): writing then
    /// throws
    /// <see cref="IOException"/>.</summary>
    /// <remarks>A file has no reader who could go. The console's stream writes it where the descriptor stands and moves that on, so that
    /// the program that writes there next (<c>{ parallax …; echo; } > file</c>) writes after us; a file stream keeps its own position.
    /// For a pipe
    /// it would hold a lock while nobody reads, and standard error with it.</remarks>
    public static Stream Open()
    {
        if (OperatingSystem.IsWindows())
        {
            return Console.OpenStandardOutput();
        }

        var output = new OutputStream();
        return output.CanSeek ? Console.OpenStandardOutput() : output;
    }

    /// <summary>A descriptor that was closed before the start is one more that nobody reads.</summary>
    private sealed class OutputStream() : FileStream(new SafeFileHandle(Descriptor, ownsHandle: false), FileAccess.Write, bufferSize: 0)
    {
        // Writing a span comes here, too.
        public override void Write(byte[] buffer, int offset, int count)
        {
            try
            {
                base.Write(buffer, offset, count);
            }
            catch (UnauthorizedAccessException fault)
            {
                throw new IOException("it is closed", fault);
            }
        }
    }
}

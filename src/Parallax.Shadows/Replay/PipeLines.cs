namespace Parallax.Shadows.Replay;

/// <summary>Takes the lines of a pipe one by one, however little of a line each read brings.</summary>
internal static class PipeLines
{
    private const int ReadBytes = 64 << 10;

    /// <summary>Takes a line.</summary>
    /// <param name="line">Without its line feed; valid during the call.</param>
    /// <param name="isRest">True for the end of a line that was too long; what came before is lost.</param>
    public delegate void LineHandler(ReadOnlySpan<byte> line, bool isRest);

    /// <summary>Reads until the pipe ends; a last line without a line feed is not taken.</summary>
    /// <param name="pipe">Where from.</param>
    /// <param name="longest">The length from which a line is too long, in octets.</param>
    /// <param name="take">Called for each line, in order.</param>
    /// <exception cref="IOException">The pipe cannot be read.</exception>
    public static void Read(Stream pipe, int longest, LineHandler take)
    {
        var buffer = new byte[ReadBytes];
        var (held, isSkipping) = (0, false);
        while (pipe.Read(buffer, held, buffer.Length - held) is > 0 and var read)
        {
            var (start, searched, end) = (0, held, held + read);
            while (buffer.AsSpan(searched..end).IndexOf((byte)'\n') is >= 0 and var at)
            {
                take(buffer.AsSpan(start..(searched + at)), isSkipping);
                start = searched = searched + at + 1;
                isSkipping = false;
            }

            isSkipping |= end - start >= longest;
            held = isSkipping ? 0 : end - start;
            buffer.AsSpan(start, held).CopyTo(buffer);
            if (held == buffer.Length)
            {
                Array.Resize(ref buffer, (int)Math.Min(2L * buffer.Length, (long)longest + ReadBytes));
            }
            else if (held < ReadBytes && buffer.Length > 16 * ReadBytes)
            {
                Array.Resize(ref buffer, ReadBytes);
            }
        }
    }
}

using System.Text;

namespace Parallax.Cli.Output;

/// <summary>Writes what can be written and forgets the rest: a closed or full standard error must not end a capture.</summary>
/// <remarks>Thread safety: as the writer below it.</remarks>
internal sealed class LenientWriter(TextWriter inner) : TextWriter
{
    public override Encoding Encoding => inner.Encoding;

    public override void Write(char value) => Try(() => inner.Write(value));

    public override void Write(string? value) => Try(() => inner.Write(value));

    public override void WriteLine(string? value) => Try(() => inner.WriteLine(value));

    public override void Flush() => Try(inner.Flush);

    private static void Try(Action write)
    {
        try
        {
            write();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // There is nowhere left to say so. A descriptor that was closed before the start counts as "unauthorized".
        }
    }
}

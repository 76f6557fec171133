using System.CommandLine;
using Parallax.Traffic.Rewriting;

namespace Parallax.Cli.CommandLine;

/// <summary>The option that lets several Parallaxes know each other's shadows.</summary>
internal sealed class ShadowKeySwitch
{
    // A key is short; what is longer is another file.
    private const int MaxBytes = 4096;

    /// <summary>The option.</summary>
    public Option<string?> Option { get; } = new("--shadow-key-file")
    {
        Description = "a secret of 16 octets or more that marks shadows as ours; give every Parallax that may meet them the same "
            + "[a new one each run]",
        HelpName = "FILE",
    };

    /// <exception cref="UsageException">The file cannot be read, or is not a key.</exception>
    public ShadowMark MarkOf(ParseResult parsed)
    {
        if (parsed.GetValue(Option) is not { } path)
        {
            return ShadowMark.OfThisProcess;
        }

        // A newline at the end comes with the editor.
        ReadOnlySpan<byte> key = Read(path).AsSpan().TrimEnd("\r\n"u8);
        return key.Length >= ShadowMark.LeastKeyBytes
            ? new ShadowMark(key)
            : throw new UsageException(
                $"{Option.Name}: {path} holds {key.Length} octets; a key has {ShadowMark.LeastKeyBytes} or more, made for instance by "
                + "openssl rand -hex 32");
    }

    private byte[] Read(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            var buffer = new byte[MaxBytes + 1];
            var length = file.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            return length <= MaxBytes
                ? buffer[..length]
                : throw new UsageException($"{Option.Name}: {path} is larger than {MaxBytes} octets: it is not a key");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{Option.Name}: {fault.Message}");
        }
    }
}

using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Parallax.Reactor.Loops;

/// <summary>Creates files that hold traffic, and says what is at a path without following a link.</summary>
/// <remarks>Traffic holds what users sent, so nobody but owner and group reads it, and nobody but the owner where secrets were kept. What
/// stands at a temporary name may have been put there by anybody who may write to the folder: it is never followed, waited for or written
/// over. Thread safety: static and stateless.</remarks>
public static partial class TrafficFile
{
    private const int WorkingFolder = -100; // AT_FDCWD
    private const int NoFollow = 0x100; // AT_SYMLINK_NOFOLLOW
    private const int OfDescriptor = 0x1000; // AT_EMPTY_PATH
    private const uint BasicFacts = 0x7FF; // STATX_BASIC_STATS
    private const int FormatBits = 0xF000;
    private const int RegularFormat = 0x8000;

    /// <summary>The mode of a file that holds traffic: 0600 with secrets, else 0640.</summary>
    /// <param name="hasSecrets">Whether secrets are in it as they were.</param>
    public static UnixFileMode ModeOf(bool hasSecrets) =>
        UnixFileMode.UserRead | UnixFileMode.UserWrite | (hasSecrets ? UnixFileMode.None : UnixFileMode.GroupRead);

    /// <summary>Creates a file where nothing is, not even a link.</summary>
    /// <param name="path">Where.</param>
    /// <param name="hasSecrets">See <see cref="ModeOf"/>.</param>
    /// <param name="bufferBytes">Size of the stream's buffer; 0 for none.</param>
    /// <exception cref="IOException">Something is there, or it cannot be created.</exception>
    /// <exception cref="UnauthorizedAccessException">It must not be created.</exception>
    public static FileStream Create(string path, bool hasSecrets, int bufferBytes = 0) =>
        Open(path, FileMode.CreateNew, FileShare.Read, hasSecrets, bufferBytes);

    /// <summary>Opens a file for writing; <see cref="ModeOf"/> counts when that creates it.</summary>
    /// <inheritdoc cref="Create"/>
    public static FileStream Open(string path, FileMode mode, FileShare share, bool hasSecrets, int bufferBytes)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.Write, Share = share, BufferSize = bufferBytes };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = ModeOf(hasSecrets);
        }

        return new(path, options);
    }

    /// <summary>What is at a path, a link being one itself; null when nothing is, or the system does not say.</summary>
    public static unsafe TrafficFileFacts? At(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            var file = new FileInfo(path);
            return file.Exists || file.LinkTarget is not null ? new(0, 0, 1, file.Length, file.LinkTarget is null, IsOurs: true) : null;
        }

        var facts = stackalloc byte[StatX.Length];
        return StatXCall(WorkingFolder, path, NoFollow, BasicFacts, facts) == 0 ? FactsIn(new(facts, StatX.Length)) : null;
    }

    /// <summary>What an open file is; null when the system does not say.</summary>
    public static unsafe TrafficFileFacts? Of(SafeFileHandle file)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        var facts = stackalloc byte[StatX.Length];
        var isHeld = false;
        try
        {
            file.DangerousAddRef(ref isHeld);
            return StatXCall((int)file.DangerousGetHandle(), "", OfDescriptor, BasicFacts, facts) == 0
                ? FactsIn(new(facts, StatX.Length))
                : null;
        }
        finally
        {
            if (isHeld)
            {
                file.DangerousRelease();
            }
        }
    }

    /// <summary>Whether an open file is what is at a path. Where the system does not say, whether a file is there.</summary>
    public static bool IsAt(SafeFileHandle file, string path) =>
        Of(file) is { } open ? At(path) is { } there && there.IsSameAs(open) : File.Exists(path);

    /// <summary>Why what is at a path must be neither written to nor deleted, for people; null when it is a file of this user, or nothing.
    /// </summary>
    public static string? ProblemAt(string path) => At(path) switch
    {
        null => Directory.Exists(path) ? "is a folder" : null,
        { IsRegular: false } => "is not a file, but a link, a pipe, a device or a folder",
        { IsOurs: false } => "belongs to another user",
        _ => null,
    };

    private static TrafficFileFacts FactsIn(ReadOnlySpan<byte> facts) => new(
        MemoryMarshal.Read<ulong>(facts[StatX.Device..]),
        MemoryMarshal.Read<ulong>(facts[StatX.Inode..]),
        (int)Math.Min(int.MaxValue, MemoryMarshal.Read<uint>(facts[StatX.Links..])),
        (long)MemoryMarshal.Read<ulong>(facts[StatX.Size..]),
        (MemoryMarshal.Read<ushort>(facts[StatX.Mode..]) & FormatBits) == RegularFormat,
        MemoryMarshal.Read<uint>(facts[StatX.Owner..]) == EffectiveUser());

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int StatXCall(int folder, string path, int flags, uint mask, byte* facts);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint EffectiveUser();

    // struct statx is the same on every architecture, see statx(2): offsets in bytes.
    private static class StatX
    {
        public const int Length = 256;
        public const int Links = 16;
        public const int Owner = 20;
        public const int Mode = 28;
        public const int Inode = 32;
        public const int Size = 40;
        public const int Device = 136; // major and minor
    }
}

/// <summary>What a file is.</summary>
/// <param name="Device">The device it is on.</param>
/// <param name="Inode">Its number there.</param>
/// <param name="Links">Names it has; 0 when it was deleted.</param>
/// <param name="Length">Its bytes.</param>
/// <param name="IsRegular">False for links, pipes, devices, folders.</param>
/// <param name="IsOurs">True when it belongs to the user this process runs as.</param>
/// <remarks>Thread safety: an immutable value.</remarks>
public readonly record struct TrafficFileFacts(ulong Device, ulong Inode, int Links, long Length, bool IsRegular, bool IsOurs)
{
    /// <summary>True when both are one file.</summary>
    public bool IsSameAs(in TrafficFileFacts other) => Device == other.Device && Inode == other.Inode;
}

using System.IO.MemoryMappedFiles;

namespace Parallax.Fuzz.Engine;

/// <summary>A file that holds the input being tried: it is there even if the process ends in the middle of it.</summary>
/// <remarks>Its length in 32 bits little-endian, its octets. Thread safety: none.</remarks>
internal sealed class CurrentInput : IDisposable
{
    private const int MaxBytes = 4 << 20;

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;

    /// <summary>Creates the file.</summary>
    public CurrentInput(string path)
    {
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.Create, null, MaxBytes);
        _view = _file.CreateViewAccessor();
    }

    /// <summary>Puts an input into it.</summary>
    public void Write(byte[] input)
    {
        var length = Math.Min(input.Length, MaxBytes - sizeof(int));
        _view.Write(0, length);
        _view.WriteArray(sizeof(int), input, 0, length);
    }

    public void Dispose()
    {
        _view.Dispose();
        _file.Dispose();
    }
}

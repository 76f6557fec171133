using Parallax.Reactor.Loops;

namespace Parallax.Reactor.Tests.Loops;

public sealed class AppendingFileTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void Open_FileWithContent_WritesAfterIt()
    {
        File.WriteAllText(_path, "one");
        using (var file = AppendingFile.TryOpen(_path)!)
        {
            file.Write("two"u8);
        }

        Assert.Equal("onetwo", File.ReadAllText(_path));
    }

    [Fact]
    public void Write_AfterSomebodyTruncated_LeavesNoHole()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "files append by themselves on Linux only");
        using var file = AppendingFile.TryOpen(_path)!;
        file.Write("one"u8);
        File.WriteAllText(_path, "");
        file.Write("two"u8);

        Assert.Equal("two", File.ReadAllText(_path));
    }

    [Fact]
    public void Write_TwoWriters_WriteOverNothing()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "files append by themselves on Linux only");
        using var first = AppendingFile.TryOpen(_path)!;
        using var second = AppendingFile.TryOpen(_path)!;
        first.Write("one"u8);
        second.Write("two"u8);
        first.Write("three"u8);

        Assert.Equal("onetwothree", File.ReadAllText(_path));
    }

    [Fact]
    public void Open_Folder_IsRefused() => Assert.Throws<UnauthorizedAccessException>(() => AppendingFile.TryOpen(Path.GetTempPath()));
}

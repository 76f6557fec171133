using System.Diagnostics;
using System.Net.Sockets;
using System.Text;

namespace Parallax.Documents.Tests;

/// <summary>Files, folders, pipes and standard input.</summary>
public sealed class SourceFilesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("parallax-yaml-").FullName;
    private readonly Findings _findings = new();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Read_Folder_HasItsYamlFilesInOrder_AndNoHiddenOnes()
    {
        Write("b.yml", "b: 1\n");
        Write("a.yaml", "a: 1\n");
        Write("c.txt", "c: 1\n");
        Write(".a.yaml", "half: [");
        File.CreateSymbolicLink(Path.Combine(_folder, ".#a.yaml"), "nobody@nowhere");

        Assert.Equal(["a: 1\n", "b: 1\n"], Read(_folder).Select(file => file.Text));
        Assert.Empty(_findings.All);
    }

    [Fact]
    public void Read_FileNamedTwice_IsThereOnce() => Assert.Single(Read(Write("a.yaml", "a: 1\n"), _folder));

    [Theory]
    [InlineData("")]
    [InlineData("/no/such/file.yaml")]
    public void Read_SourceThatIsNone_IsAnError(string source)
    {
        Assert.Empty(Read(source));
        Assert.Equal("DOC001", Assert.Single(_findings.All).Code);
    }

    [Fact]
    public void Read_FolderWithoutDocuments_IsAnError()
    {
        Assert.Empty(Read(_folder));
        Assert.Contains("holds no .yaml", Assert.Single(_findings.All).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_PipeReadBefore_KeepsWhatItBrought()
    {
        var pipe = NewPipe("a.pipe");
        var writing = Task.Run(() => File.WriteAllText(pipe, "a: 1\n"), TestContext.Current.CancellationToken);
        var reader = new SourceReader();
        using var first = new SourceFiles(_findings, reader);
        Assert.Equal("a: 1\n", first.Read(pipe, null)!.Text);
        await writing;
        using var second = new SourceFiles(_findings, reader);

        Assert.Equal("a: 1\n", second.Read(pipe, null)!.Text);
        Assert.Equal((0, pipe), (first.Kept.Count, Assert.Single(second.Kept)));
        Assert.Equal(first.TakeFingerprint(), second.TakeFingerprint());
        Assert.Empty(_findings.All);
    }

    [Fact]
    public void Read_PipeNobodyWritesTo_IsAnErrorEachTime()
    {
        var pipe = NewPipe("a.pipe");
        using var files = new SourceFiles(_findings, new SourceReader { OpenPatience = TimeSpan.FromMilliseconds(50) });

        Assert.Null(files.Read(pipe, null));
        Assert.Null(files.Read(pipe, null));
        Assert.Contains("nobody", Assert.Single(_findings.All).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_PipeThatFallsSilent_IsAnErrorAndDoesNotHang()
    {
        // Opened for both, so that the reader finds somebody who writes.
        var pipe = NewPipe("a.yaml");
        using var silent = new FileStream(pipe, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        var reader = new SourceReader { OpenPatience = TimeSpan.FromMinutes(1), SilencePatience = TimeSpan.FromMilliseconds(50) };
        using var files = new SourceFiles(_findings, reader);

        Assert.Null(files.Read(pipe, null));
        Assert.Contains("silent", Assert.Single(_findings.All).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_SocketOrDevice_DoesNotHang()
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(Path.Combine(_folder, "a.yaml")));
        Read(_folder, "/dev/zero");

        Assert.Equal(["DOC001", "DOC005"], _findings.All.Select(each => each.Code));
    }

    [Fact]
    public void TakeFingerprint_ChangesWithTheText()
    {
        var file = Write("a.yaml", "a: 1\n");
        using var files = new SourceFiles(_findings, new SourceReader());
        string Fingerprint()
        {
            _ = files.Read(file, null);
            return files.TakeFingerprint();
        }

        var before = Fingerprint();
        Assert.Equal(before, Fingerprint());
        Write("a.yaml", "a: 1\n# changed\n");
        Assert.NotEqual(before, Fingerprint());
    }

    [Theory]
    [InlineData("utf-8")]
    [InlineData("utf-16")]
    [InlineData("utf-16BE")]
    [InlineData("utf-32")]
    public void Read_AnEncodingWithItsMark_IsItsText(string name)
    {
        var encoding = Encoding.GetEncoding(name);

        Assert.Equal("a: é\n", ReadInput([.. encoding.Preamble, .. encoding.GetBytes("a: é\n")])?.Text);
    }

    [Fact]
    public void Read_FilesPutTogetherWithTheirMarks_LosesTheMarks() =>
        Assert.Equal("a: 1\n---\nb: 2\n", ReadInput(Encoding.UTF8.GetBytes("\uFEFFa: 1\n\uFEFF---\nb: 2\n"))?.Text);

    [Fact]
    public void Read_OctetsThatAreNoText_SaysWhere()
    {
        Assert.Null(ReadInput([.. "a: 1\nb: "u8, 0xC3, 0x28, .. "\n"u8]));
        Assert.Null(ReadInput([.. "a: 1\nb\0"u8]));
        Assert.Null(ReadInput([0xFF, 0xFE, 0x61]));

        Assert.All(_findings.All, each => Assert.Equal(("DOC002", Severity.Error), (each.Code, each.Severity)));
        Assert.Equal([(1, 1), (2, 2), (2, 4)], _findings.All.Select(each => (each.Position.Line, each.Position.Column)));
    }

    private IReadOnlyList<SourceFile> Read(params string[] sources)
    {
        using var files = new SourceFiles(_findings, new SourceReader());
        return files.Read(sources, null);
    }

    private SourceFile? ReadInput(byte[] octets)
    {
        using var files = new SourceFiles(_findings, new SourceReader());
        return files.Read("-", new MemoryStream(octets));
    }

    private string NewPipe(string name)
    {
        var path = Path.Combine(_folder, name);
        using var made = Process.Start("mkfifo", path);
        made.WaitForExit();
        return path;
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}

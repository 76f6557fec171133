using Parallax.Recording.Entries;
using Parallax.Recording.Files;
using Parallax.Recording.Plx;
using Parallax.Runs.Converting;
using Parallax.Runs.Running;

namespace Parallax.Runs.Tests.Converting;

/// <summary>A conversion as a program makes it that has no command line: it writes all or nothing, and says what came of it.</summary>
public sealed class ConversionTests : IDisposable
{
    private const string Recorded =
        "1 0000000000000001 1700000000000000000 0\nGET /a HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer s3cret\r\n\r\n\n🐵🙈🙉\n"
        + "2 0000000000000001 1700000000001000000 0\nHTTP/1.1 204 No Content\r\n\r\n\n🐵🙈🙉\n"
        + "1 0000000000000002 1700000000002000000 0\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n\n🐵🙈🙉\n";

    private readonly string _folder = Directory.CreateTempSubdirectory("parallax-conversion-").FullName;

    public ConversionTests() => File.WriteAllText(PathOf("in.gor"), Recorded);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Run_Recording_WritesItsExchangesWithoutTheirSecrets()
    {
        var account = Convert(new() { Inputs = [PathOf("in.gor")], Output = PathOf("out.plx") });

        Assert.Equal((2, 0, 1, 0), (account.Written, account.WithoutRequest, account.WithoutResponse, account.Refused));
        Assert.Equal((RecordingFormat.Plx, RedactionState.Redacted), (account.Format, account.Redaction));
        Assert.Equal(new FileInfo(PathOf("out.plx")).Length, account.Bytes);
        var back = Convert(new() { Inputs = [PathOf("out.plx")], Output = PathOf("back.gor") });
        Assert.Equal(2, back.Written);
        Assert.DoesNotContain("s3cret", File.ReadAllText(PathOf("back.gor")), StringComparison.Ordinal);
        Assert.Equal(["back.gor", "in.gor", "out.plx"], Names());
    }

    [Fact]
    public void Run_KeepsRaw_WritesSecretsToo()
    {
        var account = Convert(new() { Inputs = [PathOf("in.gor")], Output = PathOf("out.gor"), KeepsRaw = true });

        Assert.Equal(RedactionState.Raw, account.Redaction);
        Assert.Contains("Bearer s3cret", File.ReadAllText(PathOf("out.gor")), StringComparison.Ordinal);
    }

    [Fact]
    public void Run_CaptureFile_AccountsForItsPackets()
    {
        using var file = Rig.OneRequest();
        var account = Convert(new() { Inputs = [file.Path], Output = PathOf("out.jsonl") });

        Assert.Equal((1, 1), (account.Written, account.WithoutResponse));
        Assert.Equal(1, account.Capture!.RequestsSeen);
        Assert.Single(File.ReadAllLines(PathOf("out.jsonl")));
    }

    [Fact]
    public void Run_OutputIsThere_IsRefusedUnlessItMayBeWrittenOver()
    {
        File.WriteAllText(PathOf("out.plx"), "mine");
        var options = new ConversionOptions { Inputs = [PathOf("in.gor")], Output = PathOf("out.plx") };

        Assert.Contains("is there already", Assert.Throws<RunException>(() => Convert(options)).Message, StringComparison.Ordinal);
        Assert.Equal("mine", File.ReadAllText(PathOf("out.plx")));
        Assert.Equal(2, Convert(options with { WritesOver = true }).Written);
        Assert.Equal(["in.gor", "out.plx"], Names());
    }

    [Theory]
    [InlineData("out.txt", "the ending says no format")]
    [InlineData(".", "the ending says no format")]
    [InlineData("folder.plx", "is a folder")]
    [InlineData("nowhere/out.plx", "cannot be created")]
    public void Run_OutputNotRight_SaysWhyAndWritesNothing(string output, string why)
    {
        Directory.CreateDirectory(PathOf("folder.plx"));
        var options = new ConversionOptions { Inputs = [PathOf("in.gor")], Output = PathOf(output) };

        Assert.Contains(why, Assert.Throws<RunException>(() => Convert(options)).Message, StringComparison.Ordinal);
        Assert.Equal(["in.gor"], Names());
    }

    [Fact]
    public void Run_SeveralRecordings_AreRefused()
    {
        var options = new ConversionOptions { Inputs = [PathOf("in.gor"), PathOf("in.gor")], Output = PathOf("out.plx") };

        var refusal = Assert.Throws<RunException>(() => Convert(options));
        Assert.Contains("must be those of one capture", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_InputIsNotThere_IsRefusedAndWritesNothing()
    {
        Assert.Throws<RecordingException>(() => Convert(new() { Inputs = [PathOf("no.gor")], Output = PathOf("out.plx") }));
        Assert.Equal(["in.gor"], Names());
    }

    [Fact]
    public void Run_IsStopped_LeavesNothing()
    {
        using var conversion = new Conversion(new() { Inputs = [PathOf("in.gor")], Output = PathOf("out.plx") });
        conversion.Run(new CancellationToken(canceled: true));

        Assert.Equal(0, conversion.Account.Written);
        Assert.Equal(["in.gor"], Names());
    }

    private static ConversionAccount Convert(ConversionOptions options)
    {
        using var conversion = new Conversion(options);
        conversion.Run(TestContext.Current.CancellationToken);
        return conversion.Account;
    }

    private string PathOf(string name) => Path.Combine(_folder, name);

    private List<string> Names() => [.. Directory.GetFiles(_folder).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];
}

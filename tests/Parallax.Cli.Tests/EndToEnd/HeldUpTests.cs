using System.Diagnostics;
using System.Globalization;
using Parallax.TestKit;

namespace Parallax.Cli.Tests.EndToEnd;

/// <summary>Whatever holds up what is written, a run starts, and ends when it is told to. A run that does not fails by the guard of every
/// wait.</summary>
public sealed class HeldUpTests : IDisposable
{
    // The program with a descriptor that is a full pipe, whose only reader is the program itself.
    private const string WithAFullPipe = """
        import fcntl, os, sys
        reader, writer = os.pipe()
        fcntl.fcntl(writer, 1031, 4096)
        os.set_blocking(writer, False)
        try:
            while True: os.write(writer, b'x' * 4096)
        except BlockingIOError: pass
        os.set_blocking(writer, True)
        os.set_inheritable(reader, True)
        os.dup2(writer, int(sys.argv[1]), inheritable=True)
        os.execv(sys.argv[2], sys.argv[2:])
        """;

    private static readonly string[] Proxy = ["proxy", "--listen", "127.0.0.1:0", "--grace", "100ms", "--primary"];

    private readonly string _folder = Directory.CreateTempSubdirectory("parallax-heldup-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task AccessLog_PipeThatNobodyReads_StartsSaysSoAndCounts()
    {
        using var primary = Sink.Open();
        using var parallax = RunningParallax.Start([.. Proxy, primary.Url, "--access-log", Pipe("log")]);
        await parallax.LineWith("nobody reads the pipe of the access log");
        var address = await AddressAsync(parallax);
        await GetAsync(address, 3);
        Assert.Contains("the access log is not whole: 3 lines were dropped", (await parallax.Stop()).Errors);
    }

    [Fact]
    public async Task AccessLog_ReaderThatComesLater_ReadsTheLinesFromThenOn()
    {
        using var primary = Sink.Open();
        var pipe = Pipe("log");
        using var parallax = RunningParallax.Start([.. Proxy, primary.Url, "--access-log", pipe]);
        var address = await AddressAsync(parallax);
        using var reader = new StreamReader(pipe);
        var line = reader.ReadLineAsync(TestContext.Current.CancellationToken).AsTask();
        while (!line.IsCompleted)
        {
            await GetAsync(address, 1);
        }

        Assert.StartsWith("{", await line, StringComparison.Ordinal);
        var rest = reader.ReadToEndAsync(TestContext.Current.CancellationToken);
        await parallax.LineWith("the access log can be written again");
        await parallax.Stop();
        await rest;
    }

    [Fact]
    public async Task AccessLog_ReaderThatHangs_CostsLinesThatAreCountedOneByOne()
    {
        using var primary = Sink.Open();
        var pipe = Pipe("log");
        using var hanging = new FileStream(pipe, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        using var parallax = RunningParallax.Start([.. Proxy, primary.Url, "--access-log", pipe, "--json"]);
        await GetAsync(await AddressAsync(parallax), 500);
        var ended = await parallax.Stop();
        var dropped = int.Parse(ended.Errors.Split("is not whole: ")[1].Split(' ')[0], null);
        Assert.InRange(dropped, 1, 499);

        // What the pipe took can still be read.
        var lines = 0;
        var buffer = new byte[1 << 16];
        while (lines < 500 - dropped)
        {
            lines += buffer.AsSpan(0, hanging.Read(buffer)).Count((byte)'\n');
        }

        Assert.Equal(500 - dropped, lines);
    }

    [Theory]
    [InlineData("1", 1, "--json")]
    [InlineData("1", 0, "--access-log", "-")]
    [InlineData("2", 0)]
    public async Task Proxy_FullPipe_Ends(string descriptor, int exitCode, params string[] options)
    {
        using var primary = Sink.Open();
        using var parallax = Held(descriptor, [.. Proxy, primary.Url, .. options]);
        if (descriptor == "1")
        {
            await GetAsync(await AddressAsync(parallax), 2);
        }
        else
        {
            AwaitWriting(parallax, descriptor);
        }

        Assert.Equal(exitCode, (await StopAsync(parallax)).ExitCode);
    }

    [Theory]
    [InlineData("capture", "--grace", "100ms", "--stdout", "--pcap")]
    [InlineData("capture", "--grace", "100ms", "--stdout", "--json", "--pcap")]
    [InlineData("inspect", "--tsv")]
    [InlineData("inspect", "--json")]
    public async Task File_FullStandardOutput_Ends(params string[] command)
    {
        var requests = new FlowScript().Handshake();
        for (var i = 0; i < 12_000; i++)
        {
            requests.Client($"GET /{i} HTTP/1.1\r\nHost: a\r\n\r\n");
        }

        using var file = new CaptureFile(requests.Segments);
        using var parallax = Held("1", [.. command, file.Path]);
        AwaitWriting(parallax, "1");
        await StopAsync(parallax);
    }

    [Theory]
    [InlineData("proxy", "--grace", "100ms", "--watch", "-f", "PIPE")]
    [InlineData("replay", "--grace", "100ms", "--to", "http://127.0.0.1:1", "PIPE")]
    [InlineData("capture", "--grace", "100ms", "--stdout", "--pcap", "PIPE")]
    public async Task Input_PipeThatNobodyWrites_Ends(params string[] command)
    {
        var pipe = Pipe("input");
        using var silent = new FileStream(pipe, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        using var parallax = RunningParallax.Start([.. command.Select(word => word == "PIPE" ? pipe : word)]);
        await StopAsync(parallax);
    }

    [Fact]
    public async Task Replay_MiddlewareThatNeitherReadsNorEnds_IsKilled()
    {
        var python = Needs.Python();
        using var sink = Sink.Open();
        var program = Path.Combine(_folder, "deaf.py");
        var number = Path.Combine(_folder, "number");
        await File.WriteAllTextAsync(
            program,
            $"import os, signal, threading\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
                + $"open('{number}.new', 'w').write(str(os.getpid()))\nos.rename('{number}.new', '{number}')\nthreading.Event().wait()\n",
            TestContext.Current.CancellationToken);
        var recording = Path.Combine(_folder, "a.gor");
        await File.WriteAllTextAsync(
            recording, "1 0a 1700000000000000000\nGET / HTTP/1.1\r\nHost: a\r\n\r\n\n🐵🙈🙉\n", TestContext.Current.CancellationToken);
        using var parallax = RunningParallax.Start(
            "replay", recording, "--to", sink.Url, "--grace", "100ms", "--middleware-timeout", "1h", "--middleware", $"{python} {program}");
        Assert.True(SpinWait.SpinUntil(() => File.Exists(number), RunningParallax.Guard));
        await parallax.Stop();
        Assert.False(Directory.Exists($"/proc/{await File.ReadAllTextAsync(number, TestContext.Current.CancellationToken)}/fd/0"));
        Assert.Empty(sink.Requests);
    }

    private static RunningParallax Held(string descriptor, params string[] arguments) =>
        RunningParallax.StartThrough([Needs.Python(), "-c", WithAFullPipe, descriptor, RunningParallax.Program], arguments);

    private static void AwaitWriting(RunningParallax parallax, string descriptor) =>
        Assert.True(SpinWait.SpinUntil(() => IsWriting(parallax.Id, descriptor), RunningParallax.Guard));

    // Whether a thread sits in the system call write (1, on ARM 64) to what the descriptor is, perhaps through another one.
    private static bool IsWriting(int process, string descriptor)
    {
        string? Target(string number) => File.ResolveLinkTarget($"/proc/{process}/fd/{number}", returnFinalTarget: false)?.Name;
        bool Is(string task)
        {
            try
            {
                return File.ReadAllText(Path.Combine(task, "syscall")).Split(' ') is ["1" or "64", var first, ..]
                    && Target(Convert.ToInt32(first, 16).ToString(CultureInfo.InvariantCulture)) == Target(descriptor);
            }
            catch (IOException)
            {
                return false; // It has ended.
            }
        }

        return Directory.EnumerateDirectories($"/proc/{process}/task").Any(Is);
    }

    // Before it has registered for the signal it ends by it, which is an end, too.
    private static async Task<Ended> StopAsync(RunningParallax parallax)
    {
        await parallax.Signal("TERM");
        return await parallax.End();
    }

    private string Pipe(string name)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs mkfifo");
        var path = Path.Combine(_folder, name);
        using var mkfifo = Process.Start("mkfifo", path);
        mkfifo.WaitForExit();
        return path;
    }

    private static async Task<string> AddressAsync(RunningParallax parallax) =>
        (await parallax.LineWith("listening at ")).Split("listening at ")[1].Split(',')[0];

    private static async Task GetAsync(string address, int times)
    {
        using var client = new HttpClient();
        for (; times > 0; times--)
        {
            using var response = await client.GetAsync(new Uri($"http://{address}/"), TestContext.Current.CancellationToken);
            response.EnsureSuccessStatusCode();
        }
    }
}

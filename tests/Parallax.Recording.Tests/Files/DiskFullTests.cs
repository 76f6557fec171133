using System.Diagnostics;
using Parallax.Recording.Files;
using Parallax.Recording.Tests.Plx;
using Parallax.TestKit;
using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Queues;

namespace Parallax.Recording.Tests.Files;

/// <summary>A real file system with no room left.</summary>
public sealed class DiskFullTests : IDisposable
{
    private const int Exchanges = 2000;

    private readonly string _folder = Directory.CreateTempSubdirectory("parallax-full-").FullName;
    private bool _isMounted;

    public void Dispose()
    {
        if (_isMounted)
        {
            Run("umount", _folder);
        }

        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    [Trait("needs", "root")]
    public void Offer_DiskFull_StopsRecordingAndAccountsForEveryExchange()
    {
        _isMounted = OperatingSystem.IsLinux() && Run("mount", "-t tmpfs -o size=1m none " + _folder) == 0;
        Assert.SkipUnless(_isMounted, "a small file system cannot be mounted; run as root");
        var failures = new List<string>();
        var pool = new OctetPool(1 << 28, new BlockTracker());
        var path = Path.Combine(_folder, "a.plx");
        using var recorder = new Recorder(new() { Path = path }, TimeProvider.System, failures.Add);
        for (var id = 1; id <= Exchanges; id++)
        {
            using var exchange = new Exchange { Id = id, Session = 1, Client = default, Server = default };
            exchange.SetRequest(Messages.Request(pool, "POST / HTTP/1.1\r\nContent-Length: 2000\r\n\r\n", new byte[2000]));
            recorder.Offer(exchange);
        }

        recorder.Dispose();

        var account = recorder.Account;
        Assert.Contains("stopped", Assert.Single(failures), StringComparison.Ordinal);
        Assert.Equal(Exchanges, account.Recorded + account.Dropped.Sum());
        Assert.InRange(account.Recorded, 100, 500);
        Assert.Equal(Exchanges - account.Recorded, account.Dropped[(int)DropReason.RecordingFailed]);
        Assert.Equal(account.Recorded, PlxOctets.Read(File.ReadAllBytes(path), out var losses, out _).Count);
        Assert.Equal(default, losses);
        Assert.Equal(0, pool.RentedBlocks);
    }

    private static int Run(string command, string arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return -1;
        }
    }
}

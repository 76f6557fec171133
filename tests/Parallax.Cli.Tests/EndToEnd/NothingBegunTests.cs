using System.Net;
using System.Net.Sockets;

namespace Parallax.Cli.Tests.EndToEnd;

/// <summary>A run that cannot begin, because a port is taken, leaves no recording behind.</summary>
public sealed class NothingBegunTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("parallax-nothing-").FullName;
    private readonly TcpListener _owner = new(IPAddress.Loopback, 0);

    public NothingBegunTests() => _owner.Start();

    [Theory]
    [InlineData("capture --vxlan 127.0.0.1:0 --health TAKEN")]
    [InlineData("capture --vxlan 127.0.0.1:0 --admin TAKEN")]
    [InlineData("proxy --listen 127.0.0.1:0 --primary http://127.0.0.1:9 --admin TAKEN")]
    [InlineData("proxy --listen TAKEN --primary http://127.0.0.1:9")]
    public async Task Port_Taken_LeavesNoRecording(string arguments)
    {
        var line = arguments.Replace("TAKEN", $"{_owner.LocalEndpoint}", StringComparison.Ordinal);
        var ended = await RunningParallax.Run([.. line.Split(' '), "--record", Path.Combine(_folder, "a.plx")]);
        Assert.True(ended.ExitCode == 2, ended.Errors);
        Assert.Empty(Directory.GetFiles(_folder));
    }

    [Fact]
    public async Task ReceivingPort_Taken_LeavesNoRecording()
    {
        using var owner = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        var ended = await RunningParallax.Run(
            "capture", "--vxlan", $"{owner.Client.LocalEndPoint}", "--record", Path.Combine(_folder, "a.plx"));
        Assert.True(ended.ExitCode == 2, ended.Errors);
        Assert.Empty(Directory.GetFiles(_folder));
    }

    public void Dispose()
    {
        _owner.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}

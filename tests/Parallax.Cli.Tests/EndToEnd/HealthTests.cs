using System.Net;
using System.Net.Sockets;

namespace Parallax.Cli.Tests.EndToEnd;

/// <summary>What a load balancer asks before it sends traffic.</summary>
public class HealthTests
{
    [Fact]
    public async Task Health_AnswersHttpAndAcceptsBareConnections()
    {
        using var parallax = RunningParallax.Start("capture", "--vxlan", "127.0.0.1:0", "--stdout", "--health", "127.0.0.1:0");
        var line = await parallax.LineWith("health checks answered at ");
        var port = IPEndPoint.Parse(line.Split("answered at ")[1]).Port;

        // As a network load balancer probes: connects and goes away.
        using (var probe = new TcpClient())
        {
            await probe.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken);
        }

        using var client = new HttpClient();
        foreach (var path in (string[])["", "health", "healthz?verbose", "live", "ready"])
        {
            Assert.Equal("ok\n", await client.GetStringAsync($"http://127.0.0.1:{port}/{path}", TestContext.Current.CancellationToken));
        }

        using var metrics = await client.GetAsync($"http://127.0.0.1:{port}/metrics", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotFound, metrics.StatusCode);
        Assert.Equal(0, (await parallax.Stop()).ExitCode);
    }
}

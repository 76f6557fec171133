using System.Diagnostics;
using System.Globalization;
using System.Net;
using Parallax.Proxy.Tests.Serving;

namespace Parallax.Proxy.Tests.Conformance;

/// <summary>A WebSocket of Python's websockets library on both sides: compressed, fragmented, pinged and closed in order.</summary>
public sealed class PythonWebSocketTests : IDisposable
{
    // That of the package, whatever else is on the path.
    private const string Python = "/usr/bin/python3";

    private const string Package = "/usr/lib/python3/dist-packages/websockets/__init__.py";

    private const string Server = """
        import asyncio, websockets
        async def echo(socket, path=None):
            async for message in socket:
                await socket.send(message)
        async def main():
            async with websockets.serve(echo, "127.0.0.1", 0, max_size=None) as server:
                print(server.sockets[0].getsockname()[1], flush=True)
                await asyncio.Future()
        asyncio.run(main())
        """;

    private const string Client = """
        import asyncio, sys, websockets
        async def main():
            async with websockets.connect("ws://" + sys.argv[1] + "/chat?room=1", max_size=None) as socket:
                for message in ["", "text \u20ac", b"\0" * 125, b"ab" * 32768, b"x" * 1000000]:
                    await socket.send(message)
                    assert await socket.recv() == message
                await socket.send(["in ", "three ", "parts"])
                assert await socket.recv() == "in three parts"
                await (await socket.ping())
            print(socket.close_code)
        asyncio.run(main())
        """;

    private Process? _server;

    [Theory]
    [MemberData(nameof(ProxyRig.Loops), MemberType = typeof(ProxyRig))]
    public async Task Echo(LoopKind kind)
    {
        Assert.SkipUnless(File.Exists(Package), "needs python3-websockets");
        _server = Start(Server);
        var port = await _server.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        using var mirror = new Witness();
        await using (var rig = new ProxyRig(
            kind, new IPEndPoint(IPAddress.Loopback, int.Parse(port!, CultureInfo.InvariantCulture)), mirror.Address))
        {
            using var client = Start(Client, rig.Address.ToString());
            Assert.Equal("1000", (await client.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken)).Trim());
            Assert.Equal((1, 1), (rig.Account.Requests, rig.Account.Tunnels));
        }

        Assert.Empty(mirror.Seen);
    }

    public void Dispose()
    {
        _server?.Kill(entireProcessTree: true);
        _server?.Dispose();
    }

    private static Process Start(string script, params string[] arguments) =>
        Process.Start(new ProcessStartInfo(Python, ["-u", "-c", script, .. arguments]) { RedirectStandardOutput = true })!;
}

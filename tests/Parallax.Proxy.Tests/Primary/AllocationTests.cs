using Parallax.Proxy.Tests.Serving;
using Parallax.TestKit;

namespace Parallax.Proxy.Tests.Primary;

/// <summary>Tests that nothing else may run beside: what the process as a whole does shows in what they measure.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;

/// <summary>The path of a request is free of garbage: client, primary and shadow on kept connections.</summary>
[Collection(nameof(Alone))]
public sealed class AllocationTests
{
    private const int WarmUp = 3000;
    private const int Measured = 3000;

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: x\r\n\r\n", true)]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", true)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n\r\n", false)]
    public async Task Requests_InSteadyState_AllocateNothingOnTheLoop(string request, bool isMirrored)
    {
        using var primary = TestServer.Echo();
        using var shadow = TestServer.Echo();
        await using var rig = new ProxyRig(LoopKind.Epoll, primary.Address, isMirrored ? shadow.Address : null);
        using var client = await rig.ConnectAsync();
        await SendAsync(client, request, WarmUp);
        var before = await AllocatedAsync(rig);
        await SendAsync(client, request, Measured);
        var perRequest = (await AllocatedAsync(rig) - before) / (double)Measured;

        // Pools grow now and then, but not even the smallest object (24 bytes) is made for each request.
        Assert.InRange(perRequest, 0, 23);
    }

    private static async Task SendAsync(TestWire client, string request, int count)
    {
        for (var time = 0; time < count; time++)
        {
            await client.WriteAsync(request);
            Assert.Equal(200, (await client.ReadAsync())!.Status);
        }
    }

    private static Task<long> AllocatedAsync(ProxyRig rig)
    {
        var asked = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        rig.Server.Workers[0].Loop.Post(_ => asked.SetResult(GC.GetAllocatedBytesForCurrentThread()), null);
        return asked.Task;
    }
}

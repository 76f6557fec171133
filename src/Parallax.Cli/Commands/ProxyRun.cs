using System.Diagnostics;
using Parallax.Cli.CommandLine;
using Parallax.Cli.Output;
using Parallax.Proxy.Configuration;
using Parallax.Proxy.Forwarding;
using Parallax.Proxy.Routing;
using Parallax.Traffic.Matching;

namespace Parallax.Cli.Commands;

/// <summary>What a run of the proxy prints, and how it ends.</summary>
internal sealed record ProxyRunOptions
{
    public bool AsJson { get; init; }

    public bool IsQuiet { get; init; }

    public TimeSpan Grace { get; init; }
}

/// <summary>One run of <c>parallax proxy</c>: listens, serves until it is told to stop, drains, prints the account.</summary>
internal sealed class ProxyRun(ProxyConfig config, ProxySetup setup, StopSignals signals, ProxyRunOptions options)
{
    public async Task<int> RunAsync()
    {
        var clusters = new ClusterSet();
        clusters.Apply(config);
        using var server = new ProxyServer(RoutingTable.Compile(config, setup.Host), clusters, setup.Options);
        var started = Stopwatch.GetTimestamp();
        server.Start();
        Say($"listening at {string.Join(", ", server.Addresses)}");
        await WaitAsync(signals.Token);
        var account = server.Account;
        if (account.UnderWay > 0)
        {
            Say($"stopping; {AccountText.N(account.UnderWay)} requests under way have "
                + $"{AccountText.Time((long)options.Grace.TotalNanoseconds)} (a second signal ends at once)");
        }

        await server.DrainAsync(options.Grace);
        Report(server.Account, Stopwatch.GetElapsedTime(started));
        return signals.IsInterrupted ? ExitCode.Interrupted : ExitCode.Ok;
    }

    private static Task WaitAsync(CancellationToken token)
    {
        var stopped = new TaskCompletionSource();
        token.Register(stopped.SetResult);
        return stopped.Task;
    }

    private void Report(ProxyAccount account, TimeSpan elapsed)
    {
        if (options.AsJson)
        {
            using var output = StandardOutput.Open();
            ProxyAccountJson.Write(output, account, elapsed);
        }
        else if (!options.IsQuiet)
        {
            ProxyAccountText.Write(Console.Error, account, elapsed);
        }
    }

    private void Say(string message)
    {
        if (!options.IsQuiet)
        {
            Console.Error.WriteLine($"parallax: {message}");
        }
    }
}

/// <summary>What the command line says about a proxy besides its routes.</summary>
/// <param name="Options">The limits.</param>
/// <param name="Host">What becomes of a copy's authority.</param>
internal sealed record ProxySetup(ProxyOptions Options, ShadowHost Host);

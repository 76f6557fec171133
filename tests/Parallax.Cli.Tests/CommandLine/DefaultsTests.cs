using System.Reflection;
using Parallax.Cli.CommandLine;
using Parallax.Proxy.Bounds;
using Parallax.Runs.Capturing;
using Parallax.Shadows.Delivery;
using Parallax.Shadows.Replay;

namespace Parallax.Cli.Tests.CommandLine;

/// <summary>The default that an option names is the default of the options record that it sets.</summary>
public sealed class DefaultsTests
{
    [Fact]
    public void Capture_SourcesWithoutOptions_AreAsInCode()
    {
        var switches = new SourceSwitches();
        var page = new CommandPage(new("capture"), "");
        switches.AddTo(page);
        var parsed = switches.OptionsOf(page.Command.Parse(["--vxlan"]));
        AssertSame(
            new SourceOptions { MemoryBytes = parsed.MemoryBytes, MaxBodyBytes = parsed.MaxBodyBytes, MaxFlows = parsed.MaxFlows },
            parsed,
            nameof(SourceOptions.Vxlan));
    }

    [Fact]
    public void Capture_MirrorWithoutOptions_IsAsInCode()
    {
        var documents = ConfigurationSwitches.WithoutSockets();
        var switches = new ShadowSwitches(documents);
        var page = new CommandPage(new("capture"), "");
        switches.AddTo(page);
        documents.AddTo(page);
        var options = switches.OptionsOf(
            page.Command.Parse(["--to", "http://127.0.0.1:1"]),
            fromFile: false,
            isPrinting: false,
            finding => Assert.Fail(finding.ToString()));

        // What may wait follows from the heap.
        AssertSame(new ShadowOptions(), options.Mirrors[0].Target.Options, nameof(ShadowOptions.QueueBytes));
        AssertSame(new MirroringOptions(), options, nameof(MirroringOptions.Mirrors));
    }

    [Fact]
    public void Replay_WithoutOptions_IsAsInCode()
    {
        var switches = new ReplaySwitches();
        var page = new CommandPage(new("replay"), "");
        switches.AddTo(page);
        var parsed = page.Command.Parse(["--to", "http://127.0.0.1:1"]);
        AssertSame(new ReplayPace(), switches.Timing(parsed).Pace);
        AssertSame(new ReplayerOptions { Pace = new() }, switches.Timing(parsed), nameof(ReplayerOptions.Pace));
        AssertSame(new ReplayTargetOptions(), switches.Sending(parsed));
    }

    [Fact]
    public void Proxy_WithoutOptions_IsAsInCode()
    {
        var policy = PolicySwitches.OfProxies();
        var switches = new ProxySwitches(policy);
        var quick = new QuickSwitches(policy);
        var page = new CommandPage(new("proxy"), "");
        switches.AddTo(page);
        quick.AddTo(page);
        var options = switches.OptionsOf(page.Command.Parse([]), hasDocuments: false);
        AssertSame(ProxyOptions.Default, options, nameof(ProxyOptions.Shadows));
        AssertSame(ProxyOptions.Default.Shadows, options.Shadows);
    }

    private static void AssertSame<T>(T inCode, T parsed, params string[] except)
    {
        var different = from property in typeof(T).GetProperties(BindingFlags.Public | BindingFlags.Instance)
                        where property.CanWrite && !except.Contains(property.Name)
                        let one = property.GetValue(inCode)
                        let other = property.GetValue(parsed)
                        where !AreSame(one, other)
                        select $"{property.Name}: {one ?? "none"} in code, {other ?? "none"} by the option";
        Assert.Empty(different);
    }

    private static bool AreSame(object? one, object? other) =>
        (one, other) is (System.Collections.IEnumerable many, System.Collections.IEnumerable others)
        ? many.Cast<object>().SequenceEqual(others.Cast<object>())
        : Equals(one, other);
}

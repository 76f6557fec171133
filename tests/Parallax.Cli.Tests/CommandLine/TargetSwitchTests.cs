using System.CommandLine;
using Parallax.Cli.CommandLine;
using Parallax.Traffic.Policy;
using Parallax.Traffic.Rewriting;

namespace Parallax.Cli.Tests.CommandLine;

/// <summary>What is said of one target, after its URL.</summary>
public sealed class TargetSwitchTests
{
    [Fact]
    public void TargetsOf_UrlAlone_SaysNothingElse()
    {
        var target = Assert.Single(Read("http://a:80"));
        Assert.Equal("http://a", target.Url.ToString());
        Assert.Equal((null, null, null, null), (target.Sampler, target.Rate, target.Host, target.Timeout));
        Assert.Empty(target.Edits);
    }

    [Fact]
    public void TargetsOf_EveryKey_IsOfThatTargetAlone()
    {
        var targets = Read("http://a,percent=5,rate=0.5/s,host=same,timeout=250ms", "https://b,percent=12.5%");
        Assert.Equal(Sampler.OfPercent(5), targets[0].Sampler);
        Assert.Equal(0.5, targets[0].Rate!.PerSecond);
        Assert.Same(ShadowHost.Same, targets[0].Host);
        Assert.Equal(TimeSpan.FromMilliseconds(250), targets[0].Timeout);
        Assert.Equal(Sampler.OfPercent(12.5), targets[1].Sampler);
        Assert.Equal((null, null, null), (targets[1].Rate, targets[1].Host, targets[1].Timeout));
    }

    [Fact]
    public void TargetsOf_Headers_AreRemovedThenSetThenAdded()
    {
        var target = Assert.Single(Read("http://a,add-header=X-A: 1,set-header=X-B: x=y,remove-header=X-C,set-header=X-D:2"));
        Assert.Equal(
            [
                (HeaderEditKind.Remove, "X-C", ""), (HeaderEditKind.Set, "X-B", "x=y"), (HeaderEditKind.Set, "X-D", "2"),
                (HeaderEditKind.Add, "X-A", "1"),
            ],
            target.Edits.Select(edit => (edit.Kind, edit.Name, edit.Value)));
    }

    [Theory]
    [InlineData("suffix", ShadowHostMode.Suffix)]
    [InlineData("target", ShadowHostMode.Target)]
    [InlineData("literal:same", ShadowHostMode.Literal)]
    [InlineData("b.internal", ShadowHostMode.Literal)]
    [InlineData("b.internal:8080", ShadowHostMode.Literal)]
    [InlineData("shop", ShadowHostMode.Literal)]
    public void TargetsOf_Host_IsAModeOrAName(string text, ShadowHostMode mode) =>
        Assert.Equal(mode, Assert.Single(Read($"http://a,host={text}")).Host!.Mode);

    [Theory]
    [InlineData("http://a,precent=5", "\"precent\" is no option of a target; did you mean \"percent\"? Known are percent=N, rate")]
    [InlineData("http://a,colour=red", "\"colour\" is no option of a target. Known are percent=N")]
    [InlineData("http://a,", "\"\" is no option of a target")]
    [InlineData("http://a,queue=5", "--queue holds for all targets; one target may have percent=N")]
    [InlineData("http://a,http://b", "\"http://b\" is another URL; write --to again for it")]
    [InlineData("http://a,percent", "percent has no value; write percent=N")]
    [InlineData("http://a,percent=101", "percent: \"101\" is not a percentage")]
    [InlineData("http://a,percent=1,percent=2", "percent is given twice for http://a")]
    [InlineData("http://a,rate=0", "rate: \"0\" is not a rate")]
    [InlineData("http://a,timeout=0", "timeout: \"0\" is too short")]
    [InlineData("http://a,timeout=2000h", "timeout: \"2000h\" is too long")]
    [InlineData("http://a,timeout=soon", "timeout: \"soon\" is not a duration")]
    [InlineData("http://a,host=sufix", "host: \"sufix\" may be suffix misspelt; if it is a name write literal:sufix")]
    [InlineData("http://a,host=a/b", "host: \"a/b\" is not a rule for the host")]
    [InlineData("http://a,set-header=x", "set-header: \"x\" is not a header; write NAME: VALUE")]
    [InlineData("a,percent=5", "\"a\" lacks the scheme")]
    public void TargetsOf_Wrong_SaysWhatWouldBeRight(string text, string error)
    {
        var fault = Assert.Throws<UsageException>(() => Read(text));
        Assert.StartsWith($"--to: {error}", fault.Message, StringComparison.Ordinal);
    }

    private static List<CopyTarget> Read(params string[] targets)
    {
        var to = new TargetSwitch("--to");
        var command = new Command("capture") { to.Option, new Option<int>("--queue") };
        return to.TargetsOf(command.Parse([.. targets.SelectMany(target => (string[])["--to", target])]));
    }
}

using Parallax.TestKit;

namespace Parallax.Cli.Tests.EndToEnd;

/// <summary>Datagrams of which fragments never come.</summary>
public sealed class FragmentsTests
{
    private const int MaxHeld = 1024;

    [Theory]
    [InlineData(5)]
    [InlineData(MaxHeld + 300)]
    public async Task File_FragmentsThatNeverCome_AreCountedAndTold(int datagrams)
    {
        var script = new FlowScript().Handshake();
        for (var number = 0; number < datagrams; number++)
        {
            script.Client(new string('x', 100));
        }

        var identification = 0;
        using var file = new CaptureFile(
            script.Segments, segment => Encode.Ethernet(segment, Encode.IpFragments(segment, 64, (ushort)identification++).First()));
        var ended = await RunningParallax.Run("capture", "--pcap", file.Path, "--stdout", "--json");

        var account = ended.Account.AssertAddsUp();
        Assert.Equal(
            (Math.Min(datagrams, MaxHeld), Math.Max(0, datagrams - MaxHeld), 0),
            (account["datagramsHeld"], account["datagramsEvicted"], account["datagramsTimedOut"]));
        Assert.Contains(
            FormattableString.Invariant($"warning: {datagrams:N0} IP datagrams were not put together, because fragments are missing"),
            ended.Errors,
            StringComparison.Ordinal);
    }
}

using Parallax.TestKit;

namespace Parallax.Capture.Tests.Conformance;

/// <summary>Ten real captures of different kinds, each in 44 other shapes: tunnels, link types, fragments, reordering, duplicates, other
/// boundaries, loss. What they must give follows from the capture they were made of.</summary>
public sealed class VariantsTests(ITestOutputHelper output)
{
    private const int Shapes = 44;

    private static readonly string[] Captures =
    [
        "zeek/testing__btest__Traces__http__pipelined-requests.pcap",
        "zeek/testing__btest__Traces__http__http-body-match.pcap", // chunked requests and responses
        "ndpi/tests__cfgs__default__pcap__ipp.pcap", // 100-continue, a body of 227 kB
        "packetnet/Test__CaptureFiles__ipv6_http.pcap",
        "zeek/testing__btest__Traces__http__entity_gap.pcap",
        "zeek/testing__btest__Traces__http__websocket.pcap",
        "arkime/tests__pcap__https-connect.pcap",
        "suricata-verify/tests__file-match-crossed__http-multipart-post.pcap",
        "ndpi/tests__cfgs__default__pcap__webdav.pcap", // keep-alive
        "zeek/testing__btest__Traces__http__http-desync-request-response-5.pcap", // orphan responses
    ];

    [Fact]
    public void EveryVariant_GivesTheExchangesOfItsCapture()
    {
        var make = RealData.PathOf("..", "tools", "variants.py");
        var check = RealData.PathOf("..", "tools", "check_variants.py");
        Assert.SkipWhen(make is null || check is null, "the real captures are not here");
        Assert.SkipUnless(Python.Can("import scapy.all, shutil; assert shutil.which('editcap')"), "python3-scapy or editcap is not here");
        using var folder = new TemporaryFolder();
        var verdicts = new string[Captures.Length];
        Parallel.For(0, Captures.Length, i => verdicts[i] = Judge(Captures[i], folder.Root, make, check));
        var all = verdicts.SelectMany(said => said.Split('\n')).Select(line => line.Split('\t')).Where(line => line.Length >= 4).ToList();
        output.WriteLine($"{all.Count(line => line[3] == "ok")} of {all.Count}");
        Assert.Empty(all.Where(line => line[3] != "ok").Select(line => string.Join(' ', line)));
        Assert.InRange(all.Count, Captures.Length * (Shapes - 2), Captures.Length * Shapes);
    }

    private static string Judge(string capture, string folder, string make, string check)
    {
        var name = Path.GetFileNameWithoutExtension(capture);
        var source = RealData.PathOf("captures", capture)!;
        var (made, why) = Python.Run([], "", make, source, folder, "--seed", "1", "--name", name);
        Assert.True(made == 0, why);

        // The judge asks for the rows of a file, and gets those that stand beside it already.
        var original = Path.Combine(folder, $"{name}.original");
        File.CreateSymbolicLink(original, source);
        FileExtraction.Run(original, $"{original}.tsv");
        var list = Path.Combine(folder, $"{name}.variants.tsv");
        var variants = File.ReadAllLines(list).Select(line => line.Split('\t')).ToList();
        foreach (var variant in variants)
        {
            // Mirrored at both ends of the connection: counted once.
            variant[2] = variant[0] == "vxlan-2vni" ? "same" : variant[2];
            FileExtraction.Run(Path.Combine(folder, variant[1]), Path.Combine(folder, $"{variant[1]}.tsv"));
        }

        File.WriteAllLines(list, variants.Select(variant => string.Join('\t', variant)));
        return Python.Run([("EXTRACT", "cat '{}.tsv'")], "", check, folder, name, original).Output;
    }
}

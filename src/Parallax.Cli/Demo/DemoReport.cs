using Parallax.Runs.Running;

namespace Parallax.Cli.Demo;

/// <summary>What the demonstration prints.</summary>
/// <remarks>Thread safety: one thread.</remarks>
internal static class DemoReport
{
    private const int Column = 34;

    public static void WriteTitle(TextWriter output, int vni) => output.WriteLine(
        $"""
        parallax demo: one stream of traffic, seen from two places. Needs no privileges; nothing leaves this machine.

            shoppers ──► tap ──────────────────────────► version 1 of a shop, in production
                          └─► VXLAN, VNI {vni} ──► parallax capture ──► version 2, its shadow

        The tap is simulated: where a cloud copies the packets of a network interface, a relay writes down what
        passes as TCP segments and sends them in VXLAN, as AWS does. All behind it is real, and started like this:

        """);

    public static void WriteAnswers(TextWriter output, AnswerLog primary, AnswerLog shadow)
    {
        output.WriteLine();
        output.WriteLine($"{"",-17}{"version 1, production",-Column}version 2, shadow");
        foreach (var endpoint in primary.Endpoints.Union(shadow.Endpoints))
        {
            var first = primary.Of(endpoint);
            var second = shadow.Of(endpoint);
            output.WriteLine($"{endpoint,-17}{Answers(first),-Column}{Answers(second),-Column}{Remark(first, second)}".TrimEnd());
        }

        output.WriteLine($"{"answers",-17}{Classes(primary),-Column}{Classes(shadow)}");
    }

    public static void WriteBroken(TextWriter output, bool isSignalled)
    {
        output.WriteLine();
        output.WriteLine(
            isSignalled ? "Stopped early: the last requests may have passed after the capture had ended." : "The capture was killed.");
    }

    /// <summary>The sums that must come out.</summary>
    /// <returns>True when nothing is missing.</returns>
    public static bool WriteAccount(TextWriter output, long sent, long packets, CaptureResult result)
    {
        var lost = result.KernelLoss;
        var isWhole = result.IsWhole && packets == result.Packets + lost && (lost > 0 || sent == result.RequestsSeen);
        output.WriteLine();
        output.WriteLine(isWhole ? "Nothing is missing:" : "SOMETHING IS MISSING, this is a bug, please report it:");
        output.WriteLine($"  {N(packets)} packets mirrored = {N(result.Packets)} received + {N(lost)} lost by the kernel");
        output.WriteLine($"  {N(sent)} requests of production, {N(result.RequestsSeen)} read from packets = "
            + $"{N(result.Answered)} answered by version 2 + {N(result.Failed)} failed + {N(result.Dropped)} dropped");
        output.WriteLine("  delay from a request's last packet to its shadow: "
            + $"median {Time(result.DelayMedian)}, p99 {Time(result.DelayP99)}");
        return isWhole;
    }

    public static void WriteNext(TextWriter output, string? saved)
    {
        output.WriteLine();
        output.WriteLine("Next:");
        if (saved is null)
        {
            Write("./parallax demo --save demo.pcap", "keep the packets in a file");
        }
        else
        {
            Write($"./parallax inspect {saved}", "what is in it");
        }

        Write($"./parallax capture --pcap {saved ?? "demo.pcap"} --stdout", "the requests in that file");
        Write("./parallax capture --vxlan --to http://staging:8080", "AWS mirrors to UDP port 4789 of this machine");
        Write("sudo ./parallax capture -i eth0 --port 80 --to http://staging:8080", "one host, no mirror session");
        Write("./parallax capture --help", "all that can be set");

        void Write(string command, string what) => output.WriteLine($"  {command,-68} {what}");
    }

    private static string Answers((IReadOnlyList<(int Status, long Count)> ByStatus, long Median) answers) =>
        answers.ByStatus.Count == 0
            ? "-"
            : string.Join(", ", answers.ByStatus.Select(each => $"{N(each.Count)} × {each.Status}")) + $"  {Time(answers.Median)}";

    private static string Remark(
        (IReadOnlyList<(int Status, long Count)> ByStatus, long Median) first,
        (IReadOnlyList<(int Status, long Count)> ByStatus, long Median) second) =>
        !first.ByStatus.SequenceEqual(second.ByStatus) ? "◄ answers differ"
        : second.Median > 2 * first.Median ? "◄ slower"
        : "";

    private static string Classes(AnswerLog log) => string.Join(
        " · ", Enumerable.Range(2, 4).Where(digit => log.OfClass(digit) > 0).Select(digit => $"{digit}xx {N(log.OfClass(digit))}"));

    private static string N(long number) => NumberText.Count(number);

    private static string Time(long nanoseconds) => NumberText.Time(nanoseconds);
}
